"""Names and titles that people read: normalised, and without characters that hide or reorder others."""

import unicodedata

from api.problems import invalid

# Controls (Cc), invisible format characters such as bidi overrides (Cf), surrogates, private use, unassigned.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = frozenset({"\u200c", "\u200d"})
"""Zero-width (non-)joiners: Persian, several Indic scripts and family emoji are written with them."""
_BLANKS = frozenset({"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"})
"""Letters and symbols that are shown as nothing: fillers of Hangul, the Braille blank, inherent vowels of Khmer."""


def clean_line(text: str, path: str) -> str:
    """Normalise one line (NFC, outer blanks off). Raises `Problem("invalid")` at `path` for what nobody can see."""
    found = unicodedata.normalize("NFC", text).strip()
    if not found:
        raise invalid(path, "It may not be blank.")
    _refuse_hidden(found, path)
    return found


def clean_name(text: str, path: str) -> str:
    """Normalise a name that stands for a person: as a line, and without what is there and cannot be seen.

    Joiners are refused too, though some scripts and emoji are written with them: two names that look alike and differ
    by one are worse than a name written without.
    """
    found = clean_line(text, path)
    if any(character in _JOINERS or character in _BLANKS for character in found):
        raise invalid(path, "A name may not hold invisible characters.")
    return found


def clean_text(text: str, path: str) -> str:
    """Normalise several lines; blank is allowed, as are line ends and tabs."""
    found = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    _refuse_hidden(found.replace("\n", " ").replace("\t", " "), path)
    return found


def _refuse_hidden(text: str, path: str) -> None:
    if any(unicodedata.category(character) in _REFUSED and character not in _JOINERS for character in text):
        raise invalid(path, "It may not hold control or invisible characters.")
