"""What a run of fault tests has seen, in one line at its end."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle says of one street after one fault."""

    acknowledged: int = 0  # numbers that clients were given
    lost: int = 0  # of these: not in the database, or under another number
    doubled: int = 0  # keys that became two cases, effects that happened twice, events that fired twice
    deadlines: int = 0  # that were due
    missed: int = 0  # of these: never fired
    early: int = 0  # fired before they were due
    broken: tuple[str, ...] = ()  # sentences of `huying invariants`

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.missed or self.early or self.broken)


@dataclass
class Tally:
    """The sum over all tests of a run."""

    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)  # by fault: "F1"
    controls: dict[str, list[bool]] = field(default_factory=dict)  # did it fail, as it must?

    def kept(self, fault: str, verdict: Verdict) -> None:
        """Count what was seen, then fail when any promise was broken."""
        self.verdicts.setdefault(fault, []).append(verdict)
        assert verdict.is_clean, verdict

    def control(self, fault: str, *, failed: bool, seen: object = "") -> None:
        """Count a control; it must have failed, else the test could not have seen anything."""
        self.controls.setdefault(fault, []).append(failed)
        assert failed, f"the control of {fault} passed, so its test proves nothing: {seen}"

    def sums(self) -> Mapping[str, int]:
        every = [verdict for verdicts in self.verdicts.values() for verdict in verdicts]
        fields = ("acknowledged", "lost", "doubled", "deadlines", "missed", "early")
        return {name: sum(getattr(verdict, name) for verdict in every) for name in fields} | {
            "controls": sum(map(len, self.controls.values())),
            "controls_failed": sum(sum(each) for each in self.controls.values()),
        }

    def line(self) -> str:
        sums = self.sums()
        return (
            f"{sums['acknowledged']} acknowledged, {sums['lost']} lost, {sums['doubled']} doubled, "
            f"{sums['deadlines']} deadlines, {sums['missed']} missed, {sums['early']} early; "
            f"{sums['controls_failed']} of {sums['controls']} controls failed as they must"
        )

    def save(self, file: Path) -> None:
        by_fault = {name: [asdict(each) for each in self.verdicts[name]] for name in sorted(self.verdicts)}
        facts = {**self.sums(), "line": self.line(), "faults": by_fault, "controls_by_fault": self.controls}
        file.write_text(json.dumps(facts, ensure_ascii=False, indent=1))
