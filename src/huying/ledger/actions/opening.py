"""Does the published log belong to this database? Asked at each start, before anything is signed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from huying.ledger.files import LogFiles
from huying.ledger.models import Checkpoint as Row
from huying.ledger.policy.checkpoints import Checkpoint, open_checkpoint
from huying.ledger.policy.growth import Edge, File
from huying.ledger.policy.merkle import Node
from huying.ledger.policy.notes import Ed25519Signer
from huying.ledger.policy.tiles import WIDTH
from huying.ledger.policy.unproven import Unproven
from huying.ledger.queries.leaves import leaf_count, leaf_hashes, numbered
from huying.shared.errors import NotFound

RESTORED = "数据库可能恢复到了更早的时刻"


class Fork(Exception):
    """What was published is not the beginning of what the database holds: to sign on would fork the log."""


def opened(files: LogFiles, signer: Ed25519Signer, note: str | None) -> Edge:
    """Return the right edge of the published tree. Raises Fork when the database does not continue it."""
    if note is None:
        if Row.objects.filter(origin=signer.name).exists():
            raise Fork("数据库中有已签署的检查点，日志目录中却没有")
        return Edge()
    published = _signed(note, signer)
    if leaf_count() < published.size:
        raise Fork(f"已公布{published.size}条，数据库中只有{leaf_count()}条：{RESTORED}")
    row = Row.objects.filter(origin=published.origin, size=published.size).first()
    if row is None or bytes(row.root) != published.root:
        raise Fork(f"数据库中没有已公布的检查点（大小{published.size}）：{RESTORED}")
    return _edge(files, published)


def keep(checkpoint: Checkpoint, note: str, now: datetime) -> None:
    """Keep a signed checkpoint. Raises Fork when another root of that size was signed before."""
    row, _ = Row.objects.get_or_create(
        origin=checkpoint.origin,
        size=checkpoint.size,
        defaults={"root": checkpoint.root, "note": note, "at": now},
    )
    if bytes(row.root) != checkpoint.root:
        raise Fork(f"大小{checkpoint.size}的另一树根已经签署过")


def rebuild(files: LogFiles, signer: Ed25519Signer) -> Checkpoint:
    """Write the whole folder anew from the database and publish its last checkpoint again.

    For a lost folder. Raises NotFound when nothing was signed, Fork when the leaves do not give that root.
    """
    row = Row.objects.filter(origin=signer.name).order_by("-size").first()
    if row is None:
        raise NotFound(what="检查点", key=signer.name)
    checkpoint = _signed(row.note, signer)
    _rebuilt(files, checkpoint)
    files.publish(row.note)
    return checkpoint


def _signed(note: str, signer: Ed25519Signer) -> Checkpoint:
    try:
        return open_checkpoint(note, signer.name, [signer.verifier])
    except Unproven as error:
        raise Fork(f"检查点不是本日志签署的（{error}）") from None


def _edge(files: LogFiles, published: Checkpoint) -> Edge:
    """Return the edge from the files; from the database where files are missing or spoilt."""
    try:
        edge = files.edge(published.size)
        if edge.root() != published.root:
            return _rebuilt(files, published)
        filed = _last_filed(files, published.size)
    except Unproven:
        return _rebuilt(files, published)
    if leaf_hashes(published.size - len(filed), published.size) != filed:
        raise Fork(f"数据库的叶子与已公布的瓦片不同：{RESTORED}")
    return edge


def _last_filed(files: LogFiles, size: int) -> list[bytes]:
    """Return the hashes of the last tile, full or not, from the files."""
    first = (size - 1) // WIDTH * WIDTH
    return list(files.hashes(size)([Node(0, number) for number in range(first, size)]))


def _rebuilt(files: LogFiles, published: Checkpoint) -> Edge:
    """Write all files of a checkpoint from the leaves. Raises Fork when they do not give its root.

    Two passes: not one file that may still bear witness is overwritten before the root is known to be right.
    """
    try:
        if _grown(published.size, lambda _finished: None).root() != published.root:
            raise Fork(f"由数据库重建的树根与已公布的不同（大小{published.size}）")
        edge = _grown(published.size, files.write)
    except Unproven as error:
        raise Fork(f"无法由数据库重建日志：{error}") from None
    files.write(edge.unfinished())
    return edge


def _grown(size: int, take: Callable[[Sequence[File]], None]) -> Edge:
    edge = Edge()
    for entries, hashes in numbered(0, size):
        take(edge.append(entries, hashes))
    return edge
