"""Which servers Huying refuses to run on: those that may lose what was acknowledged.

Source: PostgreSQL documentation, "Reliability and the Write-Ahead Log"; ADR 0004.
"""

from collections.abc import Mapping

import psycopg

from huying.shared.errors import Unavailable

OLDEST_VERSION = 15

# setting: (values that are safe, what to tell the operator)
SAFE: Mapping[str, tuple[frozenset[str], str]] = {
    "fsync": (frozenset({"on"}), "断电会损坏数据库"),
    "full_page_writes": (frozenset({"on"}), "断电会损坏数据页"),
    "synchronous_commit": (frozenset({"on", "remote_write", "remote_apply"}), "已确认的写入可能丢失"),
    "server_encoding": (frozenset({"UTF8"}), "无法保存中文"),
    "transaction_read_only": (frozenset({"off"}), "这不是可写的主库"),
    "data_checksums": (
        frozenset({"on"}),
        "磁盘损坏不会被发现；可停库后运行 pg_checksums --enable，或设置 HUYING_ALLOW_NO_CHECKSUMS=1 自担风险",
    ),
}


class UnsafeServer(Unavailable):
    """The server's settings may lose or spoil what was acknowledged."""

    text = "数据库设置不安全，拒绝运行：{reason}。"


def check(address: str, *, allow_no_checksums: bool) -> None:
    """Raise UnsafeServer when the server at `address` may lose a commit, Unavailable when it is silent."""
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
            found = {name: _setting(connection, name) for name in SAFE}
    except psycopg.OperationalError as error:
        raise Unavailable(reason=f"无法连接数据库（{str(error).strip()}）") from error
    if problems := unsafe(found, version=version, allow_no_checksums=allow_no_checksums):
        raise UnsafeServer(reason="；".join(problems))


def unsafe(found: Mapping[str, str], *, version: int, allow_no_checksums: bool) -> list[str]:
    """Return a sentence for each reason against a server with these settings."""
    problems = [
        f"{name} = {found[name]}（{harm}）"
        for name, (safe, harm) in SAFE.items()
        if found[name] not in safe and not (name == "data_checksums" and allow_no_checksums)
    ]
    if version < OLDEST_VERSION:
        problems.append(f"PostgreSQL {version} 过旧，至少需要 {OLDEST_VERSION}")
    return problems


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("select current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""
