import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.pseudonyms import Pseudonyms, pseudonym

KEY = "k" * 32
ids = st.text(st.characters(exclude_categories=("Cs",)))


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=32, max_size=80), ids)
def test_a_pseudonym_is_the_start_of_the_hmac_of_the_id(key: str, person_id: str) -> None:
    expected = hmac.new(key.encode(), person_id.encode(), hashlib.sha256).hexdigest()[:32]
    names = Pseudonyms(key)
    assert pseudonym(key, person_id) == names.of(person_id) == names.of(person_id) == expected


def test_another_key_makes_other_pseudonyms() -> None:
    assert Pseudonyms(KEY).of("ann") != Pseudonyms("q" * 32).of("ann")


def test_of_sessions_only_those_that_hold_an_id_are_replaced() -> None:
    names = Pseudonyms(KEY)
    assert names.of_session("0193a5b0") == "0193a5b0"
    assert names.of_session("rest-ann-1") == names.of("rest-ann-1")


@pytest.mark.parametrize("key", ["", "k" * 31])
def test_without_a_key_there_are_no_pseudonyms(key: str) -> None:
    with pytest.raises(ValueError, match="lake_key"):
        Pseudonyms(key)


def test_neither_key_nor_ids_show_themselves() -> None:
    names = Pseudonyms(KEY)
    names.of("ann")
    assert KEY not in repr(names)
    assert "ann" not in repr(names)
