"""Enums whose members carry the Chinese word that people read."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A value for the machine and a label for people: `ACCEPTED = "accepted", "待指派"`.

    Labels are message ids: pages translate them; `docs/glossary.md` lists them all.
    """

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:  # mypy reads Word("value") as a call of this
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (value, label) pairs for a model field."""
        return [(member.value, member.label) for member in cls]
