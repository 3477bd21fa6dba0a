"""Chinese sentences with facts in them, which can be said again in the reader's language (look/speech.py)."""

from collections.abc import Sequence


class Sentence(str):
    """Reads as Chinese everywhere; keeps its text (the message id) and its facts for whoever translates it.

    `Sentence("缺少{column}", column="地址")`. A plain string with facts filled in could not be translated.
    """

    text: str
    facts: dict[str, object]

    def __new__(cls, text: str, /, **facts: object) -> "Sentence":
        made = super().__new__(cls, text.format(**facts))
        made.text = text
        made.facts = facts
        return made


class Sentences(str):
    """Several sentences on one line, for whoever translates them one by one."""

    parts: tuple[object, ...]

    def __new__(cls, parts: Sequence[object]) -> "Sentences":
        made = super().__new__(cls, "；".join(map(str, parts)))
        made.parts = tuple(parts)
        return made


def clause(whole: object) -> Sentence:
    """Return a refusal or a sentence without its full stop, as a part of another; translated as a whole."""
    text, facts = getattr(whole, "text", None), getattr(whole, "facts", None)
    told = Sentence(text, **facts) if text is not None and facts is not None else whole
    made = str.__new__(Sentence, str(whole).rstrip("。"))
    made.text, made.facts = "{whole}", {"whole": told}
    return made


def to_translate(text: str) -> str:
    """Return a text as it is, marked as one to translate: for tables, where no Sentence can be made yet."""
    return text
