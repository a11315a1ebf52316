"""Real pictures for tests, in any format that Pillow writes."""

import io
from typing import Any

from PIL import Image


def painted(width: int, height: int, kind: str = "PNG", **options: Any) -> bytes:
    """Paint a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def seen(raw: bytes) -> Image.Image:
    """Open what was sent back."""
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image
