"""`huying ledger check FILE`: a proof checked anywhere, without database, network or settings."""

from pathlib import Path

import click

from huying.ledger.policy.leaves import read_leaf
from huying.ledger.policy.notes import Ed25519Verifier
from huying.ledger.policy.proofs import parse_proof, verify_proof
from huying.ledger.policy.unproven import Unproven

UNPROVEN = 1  # exit code


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", required=True, help="日志的公钥（名称+编号+密钥），应取自公告栏等日志以外的地方。")
def check(file: Path, key: str) -> None:
    """离线核验一个证明文件（.tlog-proof）。成立以0退出，不成立以1退出。"""
    try:
        verifier = Ed25519Verifier.read(key.strip())
        proof = parse_proof(file.read_text("utf-8"))
        checkpoint = verify_proof(proof, verifier.name, [verifier])
        entry = read_leaf(proof.extra)
    except (Unproven, UnicodeDecodeError) as reason:
        click.secho(f"核验不成立：{reason}。", fg="red")
        raise SystemExit(UNPROVEN) from None
    click.secho("核验成立：", fg="green", nl=False)
    click.echo(f"{entry.subject} {entry.verb} {entry.at:%Y-%m-%d %H:%M:%S %Z}")
    click.echo(f"日志 {verifier.name} 第{proof.index + 1}条，检查点共{checkpoint.size}条。")
