"""What a backup consists of: every file with its hash. A backup with a changed byte is not restored."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from huying.database import files
from huying.shared.errors import Conflict, NotFound

NAME = "manifest.json"
SEAL = "manifest.sha256"  # of the manifest itself
FORMAT = 1
HASHED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of a backup. size: bytes."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished backup.

    began_at, ended_at: moments of the server; all commits before the first and none after the second are in
    the rows alone, without the archive. first_segment: of the log that recovery begins with. rows: of each
    table at `began_at`. slot: of the archive that goes on from here, "" without one. owner: the role that
    made the cluster.
    """

    began_at: datetime
    ended_at: datetime
    lsn: int
    first_segment: str
    slot: str
    postgresql: int
    database: str
    owner: str
    version: str
    rows: Mapping[str, int]
    files: Mapping[str, Stored]

    @property
    def size(self) -> int:
        """Bytes of all files; those shared with other backups too."""
        return sum(stored.size for stored in self.files.values())


def of_file(path: Path, *, named_by_hash: bool = False) -> Stored:
    """Describe a file. named_by_hash: its name is believed, so that a photo is not read at every backup."""
    if named_by_hash and HASHED.fullmatch(path.stem):
        return Stored(path.stat().st_size, path.stem)
    return Stored(path.stat().st_size, files.sha256(path))


def write(folder: Path, manifest: Manifest) -> None:
    content = json.dumps(
        {"format": FORMAT, **asdict(manifest)}, default=datetime.isoformat, ensure_ascii=False, indent=1
    ).encode()
    files.write(folder / NAME, content)
    files.write(folder / SEAL, files.sha256(folder / NAME).encode())


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup. Raises NotFound when there is none, Conflict when it was changed."""
    if not (folder / NAME).is_file():
        raise NotFound(what="备份", key=folder)
    try:
        if (folder / SEAL).read_text() != files.sha256(folder / NAME):
            raise Conflict(reason=f"备份 {folder} 的清单与其校验值不符，不可用")
        content = json.loads((folder / NAME).read_bytes())
        return _read(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Conflict(reason=f"备份 {folder} 的清单已损坏，不可用") from error


def _read(content: dict[str, object]) -> Manifest:
    if content.pop("format") != FORMAT:
        raise ValueError("format")
    moments = {name: datetime.fromisoformat(str(content[name])) for name in ("began_at", "ended_at")}
    stored = {name: Stored(**facts) for name, facts in dict(content["files"]).items()}  # type: ignore[call-overload]
    return Manifest(**{**content, **moments, "files": stored})  # type: ignore[arg-type]


def verify(folder: Path, told: Callable[[int, int], None]) -> Manifest:
    """Return the manifest when every file is there, unchanged, and none besides. Raises Conflict if not."""
    manifest = read(folder)
    found = {str(path.relative_to(folder)) for path in files.inside(folder)} - {NAME, SEAL}
    if missing := manifest.files.keys() - found:
        raise Conflict(reason=f"备份 {folder} 缺少 {len(missing)} 个文件，如 {min(missing)}")
    if strange := found - manifest.files.keys():
        raise Conflict(reason=f"备份 {folder} 多出 {len(strange)} 个文件，如 {min(strange)}")
    done = 0
    for name, stored in manifest.files.items():
        if of_file(folder / name) != stored:
            raise Conflict(reason=f"备份 {folder} 的文件 {name} 与清单不符，备份不可用")
        done += stored.size
        told(done, manifest.size)
    return manifest
