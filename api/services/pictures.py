"""Pictures that people give of themselves: decoded, made small and square, and written anew.

What goes out is never what came in: it is our own encoding of the pixels, so that no metadata (where a photograph was
taken, among others), no second frame and no bytes that some reader takes for a script are left of the file.
"""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"RIFF")
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
"""Pillow is asked for no other decoder: those for rarer formats are where most of its faults were."""
MOST_PIXELS = 25_000_000
"""More than a phone takes; decoded it is 100 MB at most, for as long as it takes to make it small."""
SIDE = 320
CONTENT_TYPE = "image/webp"


class NotAPicture(Exception):  # noqa: N818 - named for what was found
    """The bytes cannot be shown; the message says why, in words for who sent them."""


def portrait(raw: bytes) -> bytes:
    """Make a square WebP of a picture. Raises `NotAPicture`. Blocks: run it in a thread."""
    if not raw.startswith(MAGIC):
        raise NotAPicture("It is none of the formats that are taken: JPEG, PNG, GIF or WebP.")
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            return _portrait(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture(_TOO_MANY) from error
    except UnidentifiedImageError as error:
        raise NotAPicture("It is no picture.") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
        # All that Pillow's decoders raise on broken files (SyntaxError is what it says of a broken PNG).
        raise NotAPicture("It cannot be decoded.") from error


_TOO_MANY = f"It has more than {MOST_PIXELS // 1_000_000} million pixels."


def _portrait(image: Image.Image) -> bytes:
    # Known from the head of the file: nothing has been decoded yet.
    if image.width * image.height > MOST_PIXELS:
        raise NotAPicture(_TOO_MANY)
    image.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is decoded at the least size that is enough
    turned = ImageOps.exif_transpose(image)  # as its metadata says, which does not go out
    square = ImageOps.fit(turned.convert("RGBA"), (SIDE, SIDE))
    made = io.BytesIO()
    square.save(made, "WEBP", quality=85, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return made.getvalue()
