"""A clock that can be set while a process runs, for that process alone (libfaketime)."""

from dataclasses import dataclass
from pathlib import Path

import pytest

LIBRARY = "faketime/libfaketimeMT.so.1"


def library() -> str:
    """Return the preloaded library; the test is skipped where Debian's package `faketime` is not there."""
    found = sorted(Path("/usr/lib").glob(f"*/{LIBRARY}"))
    if not found:
        pytest.skip("libfaketime is not installed (apt install faketime)")
    return str(found[0])


@dataclass(frozen=True, slots=True)
class FakeClock:
    """The file a process asks at each look at its clock."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset: str) -> None:
        """Set the clock: "+3d", "-2h", "+0"."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{offset}\n")
        draft.chmod(0o644)
        draft.rename(self.file)
