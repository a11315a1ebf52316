"""What a text is found by: keys that stand in its document, under one index with its rank.

Theory. MongoDB's own text index knows whole words only, and sorts after it has found everything. Here each document
carries what it may be asked for, so that every question is a lookup of equal keys, read from the index in the order
of rank, and stops after a page:

* `mat`      a beginning of one of its words (1 to `LONGEST` letters), or a whole word of its longer text
* `=matinee` a whole word
* `~mtinee`  a word less one of its letters: two words of which one has a letter more, less, other or swapped share
             such a rest, or one is the other's rest (the deletion neighbourhood of symmetric-delete spelling)

Scripts without spaces between words (Han, Kana, Thai …) are cut into single characters and pairs of neighbours. Case and
diacritics are folded away. Rank is a moment: that of the document's making, moved ahead by one half-life for each
doubling of its popularity, so that the product of popularity and decaying age never changes its order with time.
"""

import math
import unicodedata
import zlib
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

VERSION = 1
"""Of the keys: documents of another version are made anew by `matinee migrate`."""
LONGEST = 15
"""Letters of the longest beginning; a longer word is found by these, or whole."""
LONGEST_WHOLE = 40
NEAR = range(4, LONGEST + 1)
"""Lengths of words that are forgiven an edit: in a shorter one it is another word."""
WORDS = 16
"""Of a title or a name; what stands after them is not found."""
MORE_WORDS = 60
"""Of a description, whole words only."""
MOST = 600
"""Keys of one document: a title of 200 letters has fewer, a description stops there."""
ASKED_WORDS = 8

# Blocks whose scripts put no space between words.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_VOICED = 8
"""Combining class of the marks that make か into が: another letter and no accent."""


class Word(Struct, frozen=True):
    """A word, or a run of characters of a script without spaces."""

    text: str
    unspaced: bool = False


class Wanted(Struct, frozen=True, kw_only=True):
    """A question, as keys that must all be there."""

    words: tuple[Word, ...]
    begins: tuple[str, ...]
    whole: tuple[str, ...]
    near: tuple[tuple[str, ...], ...]
    """For each word, keys of which one must be there."""


def fold(text: str) -> str:
    """Fold case, width and diacritics away (NFKD), and compose what is left."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.combining(c) in {0, _VOICED}))


def split(text: str) -> list[Word]:
    """Cut a text into its words, folded."""
    words: list[Word] = []
    run, unspaced = "", False
    for character in [*fold(text), " "]:
        kind = _unspaced(character)
        if run and (kind != unspaced or not _of_word(character)):
            words.append(Word(run, unspaced))
            run = ""
        if _of_word(character):
            run, unspaced = run + character, kind
    return words


def keys(title: str, more: str = "") -> list[str]:
    """List the keys of a document with this title or name and this longer text, sorted."""
    found: set[str] = set()
    for word in split(title)[:WORDS]:
        found.add(_whole(word))
        if word.unspaced:
            found.update(_pieces(word.text))
            continue
        found.update(word.text[:length] for length in range(1, min(len(word.text), LONGEST) + 1))
        if len(word.text) in NEAR:
            found.update(f"~{rest}" for rest in _rests(word.text))
    for word in split(more)[:MORE_WORDS]:
        for key in sorted(_pieces(word.text)) if word.unspaced else [word.text[:LONGEST]]:
            if len(found) < MOST:
                found.add(key)
    return sorted(found)


def read(question: str) -> Wanted | None:
    """Turn what somebody typed into keys; None where nothing in it can be looked up."""
    words = tuple(split(question)[:ASKED_WORDS])
    if not words:
        return None
    begins = {key for word in words for key in _beginning(word)}
    return Wanted(
        words=words,
        # The longest first: it is the rarest, and the index is read by the first.
        begins=tuple(sorted(begins, key=lambda key: (-len(key), key))),
        whole=tuple(sorted({_whole(word) for word in words}, key=lambda key: (-len(key), key))),
        near=tuple(tuple(_near(word)) for word in sorted(words, key=lambda word: -len(word.text))),
    )


def is_near(wanted: Wanted, title: str) -> bool:
    """Say whether each word of the question begins a word of the title, or is one edit away from one."""
    there = split(title)
    return all(
        any(found.text.startswith(word.text) or _one_edit(word.text, found.text) for found in there)
        for word in wanted.words
        if not word.unspaced
    )


def rank(made_ms: float, popularity: int, half_life_ms: float, name: str) -> float:
    """Rank a document among its kind, in ms: where two were made in the same one, its `name` decides.

    Popularity counts in steps of half a doubling: each new rank is written under every key.
    """
    steps = math.floor(2 * math.log2(1 + max(0, popularity)))
    return made_ms + half_life_ms * steps / 2 + zlib.crc32(name.encode()) % 4096 / 4096


def _unspaced(character: str) -> bool:
    point = ord(character)
    return any(first <= point <= last for first, last in _UNSPACED)


def _of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in {"Mc", "Mn"}


def _whole(word: Word) -> str:
    return f"={word.text[:LONGEST_WHOLE]}"


def _pieces(run: str) -> set[str]:
    return {*run, *("".join(pair) for pair in pairwise(run))}


def _beginning(word: Word) -> set[str]:
    if not word.unspaced:
        return {word.text[:LONGEST]}
    return {"".join(pair) for pair in pairwise(word.text)} or {word.text}


def _rests(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _near(word: Word) -> Iterator[str]:
    yield from sorted(_beginning(word))
    if word.unspaced or not NEAR.start - 1 <= len(word.text) <= NEAR.stop:
        return
    yield f"~{word.text}"
    for rest in sorted(set(_rests(word.text))):
        if len(word.text) >= NEAR.start:
            yield f"~{rest}"
        if len(rest) >= NEAR.start:
            yield f"={rest}"


def _one_edit(one: str, other: str) -> bool:
    """Say whether a letter more, less, other or two swapped neighbours make one word the other."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < NEAR.start - 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
