"""Photos the simulated people send: real JPEG files, tiny and made up."""

import io
from functools import cache
from random import Random

from PIL import Image

from huying.cases.policy.photos import Photo, develop

KINDS = 24  # different photos; many cases share one, as its file is kept once


@cache
def photo(number: int) -> Photo:
    """Return one of the photos, developed as every photo that comes in."""
    random = Random(f"photo {number % KINDS}")
    image = Image.new("RGB", (48, 36), tuple(random.randrange(256) for _ in range(3)))
    for _ in range(6):
        left, top = random.randrange(40), random.randrange(28)
        colour = tuple(random.randrange(256) for _ in range(3))
        image.paste(colour, (left, top, left + random.randrange(4, 20), top + random.randrange(4, 16)))
    sent = io.BytesIO()
    image.save(sent, "JPEG", quality=80)
    return develop(sent.getvalue())
