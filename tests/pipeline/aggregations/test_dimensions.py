"""What a dimension tells apart: its fifty commonest words, the rest under `other`."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.aggregations.figures import LISTED, OTHER, _common

COUNTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 4), max_size=80)


@given(COUNTS, st.booleans())
def test_the_commonest_words_stay_and_the_rest_is_other(counts: dict[str, int], named: bool) -> None:
    counts = {**counts, **({OTHER: 1} if named else {})}
    words = sorted(counts)
    code = np.array([place for place, word in enumerate(words) for _ in range(counts[word])] + [-1], dtype="int64")
    codes, names = _common(code, np.array(words, dtype=object))
    shown = [None if each < 0 else names[each] for each in codes.tolist()]
    kept = sorted(words, key=lambda word: (-counts[word], word))[:LISTED]
    assert shown == [
        *(word if word in kept else OTHER for word in words for _ in range(counts[word])),
        None,
    ]
    assert names.tolist() == sorted(names.tolist())
