import unicodedata

MAX_NAME = 40


def clean_name(text: str) -> str | None:
    """Make a name fit to be shown: one line, no control, format or bidirectional characters; None where nothing is left."""
    kept = "".join(point for point in unicodedata.normalize("NFC", text) if unicodedata.category(point)[0] != "C")
    return " ".join(kept.split())[:MAX_NAME].strip() or None
