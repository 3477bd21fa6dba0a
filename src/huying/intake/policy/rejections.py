"""What of a refusal may be kept."""

import re

MAX_SENTENCE = 300
_SAID = re.compile(r"“[^”]*”|\"[^\"]*\"|[0-9A-Za-z*@._+-]*\d{5,}[0-9A-Za-z*@._+-]*")


def scrubbed(sentence: str) -> str:
    """Return the sentence without what the sender may have written: quotations and long numbers.

    The sentence is ours, its quotations are his. Source: PIPL Art. 6; docs/rules/intake.md §6.
    """
    return _SAID.sub(lambda said: "“…”" if said[0][0] in '“"' else "…", sentence.replace("\x00", ""))
