"""First passwords: shown once, never kept."""

import secrets

_CLASSES = (
    "abcdefghjkmnpqrstuvwxyz",
    "ABCDEFGHJKMNPQRSTUVWXYZ",
    "23456789",
)  # nothing that looks like another
_GROUPS, _LENGTH = 4, 4


def first_password() -> str:
    """Return sixteen characters in groups of four that can be read out: about 87 bits, all classes."""
    chosen = [secrets.choice(letters) for letters in _CLASSES]
    chosen += [secrets.choice("".join(_CLASSES)) for _ in range(_GROUPS * _LENGTH - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "-".join("".join(chosen[at : at + _LENGTH]) for at in range(0, len(chosen), _LENGTH))
