"""A text with what is known in it. Source: docs/rules/places.md §6."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huying.places.policy.gazetteer import Gazetteer, Mention
from huying.places.policy.locations import nested


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and what is known in it; `scopes` are the areas it may mean, none when its words contradict."""

    text: str
    mentions: Sequence[Mention]
    scopes: frozenset[str]
    names_area: bool

    def within(self, code: str) -> bool:
        return any(nested(code, scope) for scope in self.scopes)

    def after(self, mention: Mention) -> str:
        """Return the text up to the next area that is named."""
        ends = [m.start for m in self.mentions if m.start >= mention.end and any(s.is_area for s in m.senses)]
        return self.text[mention.end : min(ends, default=len(self.text))]

    @property
    def gaps(self) -> list[str]:
        """Return the pieces no known name covers."""
        starts = [0, *(mention.end for mention in self.mentions)]
        ends = [*(mention.start for mention in self.mentions), len(self.text)]
        return [self.text[start:end] for start, end in zip(starts, ends, strict=True)]


def read(text: str, gazetteer: Gazetteer, within: str) -> Reading:
    """Find the known names in a normalised text; `within` is the code of the area they must lie in."""
    mentions = gazetteer.mentions(text)
    scopes, names_area = frozenset({within}), False
    for mention in mentions:
        codes = [sense.area_code for sense in mention.senses if sense.is_area]
        if codes and not any(sense.estate_id for sense in mention.senses):
            scopes, names_area = _narrowed(scopes, codes), True
    return Reading(text, mentions, scopes, names_area)


def _narrowed(scopes: Iterable[str], codes: Sequence[str]) -> frozenset[str]:
    """Return the deeper of every pair that fits together."""
    return frozenset(max(scope, code, key=len) for scope in scopes for code in codes if nested(scope, code))
