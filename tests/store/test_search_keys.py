"""What a text is found by."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.search_keys import LONGEST, MOST, NEAR, fold, is_near, keys, rank, read, split

DAY_MS = 86_400_000.0


def begins(question: str, title: str, more: str = "") -> bool:
    wanted = read(question)
    return wanted is not None and set(wanted.begins) <= set(keys(title, more))


def whole(question: str, title: str) -> bool:
    wanted = read(question)
    return wanted is not None and set(wanted.whole) <= set(keys(title))


def near(question: str, title: str) -> bool:
    wanted, there = read(question), set(keys(title))
    return wanted is not None and all(there & set(choice) for choice in wanted.near) and is_near(wanted, title)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("mat", "The Matinee"),
        ("MATINÉE", "matinee"),
        ("strasse", "Die STRAẞE"),
        ("film nig", "Night of the film"),
        ("\uff46\uff49\uff4c\uff4d", "film"),
        ("映画", "日本の映画会"),
        ("映", "映画"),
        ("ハンバ", "ハンバーガー"),
        ("หนัง", "ดูหนังกัน"),
        ("i", "İstanbul"),
        ("привет", "ПРИВЕТ всем"),
        ("हिन्दी", "हिन्दी सिनेमा"),
        ("2049", "Blade Runner 2049"),
        ("an", "An"),
    ],
)
def test_a_beginning_finds_the_word_in_any_script(question: str, title: str) -> None:
    assert begins(question, title)


@pytest.mark.parametrize(
    ("question", "title"), [("tinee", "Matinee"), ("画映", "映画"), ("か", "が"), ("film night", "film")]
)
def test_what_is_not_there_is_not_found(question: str, title: str) -> None:
    assert not begins(question, title)


def test_whole_words_are_told_from_beginnings() -> None:
    assert whole("film", "A film")
    assert not whole("fil", "A film")


def test_a_description_is_found_by_its_whole_words() -> None:
    assert begins("popcorn", "Film night", "bring some popcorn")
    assert not begins("popc", "Film night", "bring some popcorn")


@pytest.mark.parametrize("typed", ["matine", "matinees", "natinee", "amtinee", "matniee", "mtinee", "matineex"])
def test_one_edit_is_forgiven(typed: str) -> None:
    assert near(typed, "The Matinee")


@pytest.mark.parametrize("typed", ["mxtxnee", "tanieem", "atinees", "mat xyzzy", "eht"])
def test_two_edits_and_short_words_are_not(typed: str) -> None:
    assert not near(typed, "The Matinee")


LETTERS = "abcdef"
WORD = st.text(LETTERS, min_size=NEAR.start + 1, max_size=LONGEST - 1)


@given(WORD, st.data())
def test_every_single_edit_of_every_word_is_near(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    kind = data.draw(st.sampled_from(["more", "less", "other", "swapped"]))
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    rest = word[place + 1 :]
    edited = {
        "more": word[:place] + letter + word[place:],
        "less": word[:place] + rest,
        "other": word[:place] + letter + rest,
        "swapped": swapped,
    }[kind]
    assert near(edited, word)


def distance(a: str, b: str) -> int:
    """Optimal string alignment, by its definition."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = int(a[i - 1] != b[j - 1])
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@settings(max_examples=300)
@given(WORD, WORD)
def test_near_is_one_edit_by_the_books(word: str, other: str) -> None:
    assert near(word, other) == (other.startswith(word) or distance(word, other) <= 1)


@given(st.text(max_size=200), st.text(max_size=1000))
def test_any_text_has_bounded_keys_without_duplicates(title: str, more: str) -> None:
    found = keys(title, more)
    assert len(found) == len(set(found)) <= MOST
    assert all(0 < len(key.encode("utf-8", "replace")) <= 200 for key in found)


@given(st.text(max_size=100))
def test_a_title_is_found_by_itself_and_folding_twice_changes_nothing(title: str) -> None:
    assert fold(fold(title)) == fold(title)
    wanted = read(title)
    if wanted is None:
        assert not split(title)
    else:
        assert set(wanted.begins) <= set(keys(title))
        assert set(wanted.whole) <= set(keys(title))


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lt"]), min_size=1, max_size=20))
def test_case_and_composition_do_not_matter(word: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, word)) == fold(word)


def test_a_doubling_of_popularity_is_worth_a_half_life() -> None:
    old_and_busy = rank(0, 3, DAY_MS, "a")
    young = rank(2 * DAY_MS, 0, DAY_MS, "a")
    assert old_and_busy == young
    assert rank(0, 0, DAY_MS, "a") != rank(0, 0, DAY_MS, "b")
    ranks = [rank(1_700_000_000_000.0, popularity, DAY_MS, "x") for popularity in range(2000)]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) < 25
