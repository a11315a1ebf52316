"""Usernames that look like each other: the skeleton, under which there may be one account only."""

import re

_LOOK_ALIKES = (("rn", "m"), ("vv", "w"))
_SAME = str.maketrans({"0": "o", "1": "l", "i": "l"})
_BREAKS = re.compile(r"[._-]+")


def skeleton(username: str) -> str:
    """Fold together what people take for the same username.

    Usernames are ASCII, so that other scripts' letters are no matter here. What it covers: capitals, `0` for `o`, `1`
    and `i` for `l`, `rn` for `m`, `vv` for `w`, and which of `.`, `_` and `-` stands between words. What it does not:
    names that differ by a letter, or by `5` for `s`, which few fonts draw alike.
    """
    folded = username.casefold()
    for pair, single in _LOOK_ALIKES:
        folded = folded.replace(pair, single)
    return _BREAKS.sub("-", folded.translate(_SAME))
