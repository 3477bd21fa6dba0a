"""postgresql.conf and pg_hba.conf of the embedded server, written anew at every start."""

import os
from pathlib import Path

MEGABYTE = 1 << 20
# pg_hba.conf: no network, nobody without the password; "all" does not include "replication" (backups)
ACCESS = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"


def settings(*, socket: Path, name: str, memory: int) -> dict[str, str]:
    """Return the server's settings. memory: bytes of the machine."""
    buffers = min(1024, max(64, memory // MEGABYTE // 32))  # leaves room for Python on a machine of 2 GB
    return {
        # no acknowledged write is ever lost
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # reached by this installation alone
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "cluster_name": name,
        # a street on one small machine
        "max_connections": "100",
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(256, memory // MEGABYTE // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "max_slot_wal_keep_size": "4GB",  # an archive that nobody receives must not fill the disk
        "jit": "off",  # compiles longer than our queries run
        # people read it
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "log_line_prefix": "%m [%p] ",
    }


def machine_memory() -> int:
    """Return the bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def render(values: dict[str, str]) -> str:
    """Return the text of postgresql.conf."""
    return "".join(f"{key} = '{_escape(value)}'\n" for key, value in values.items())


def _escape(value: str) -> str:
    return value.replace("'", "''")
