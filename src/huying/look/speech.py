"""What was said in Chinese, again in the reader's language: words, sentences with facts, refusals."""

from django.utils.translation import gettext

from huying.shared.errors import Refused
from huying.shared.sentences import Sentence, Sentences
from huying.shared.words import Word


def said(thing: object) -> str:
    """Return a word, a sentence or a refusal in the reader's language; what has no translation as it is."""
    if isinstance(thing, (Refused, Sentence)):
        return _filled(thing.text, thing.facts)
    if isinstance(thing, Sentences):
        return gettext("；").join(said(part) for part in thing.parts)
    if isinstance(thing, Word):
        return gettext(thing.label)
    return gettext(thing) if isinstance(thing, str) and thing else str(thing)


def _filled(text: str, facts: dict[str, object]) -> str:
    """Translate a sentence and its facts. Numbers stay numbers: a text may say how many digits it wants."""
    told = {name: said(fact) if isinstance(fact, (str, Refused)) else fact for name, fact in facts.items()}
    return gettext(text).format(**told)
