"""Ids: each is made once, by whichever thread or process, and says when."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from store.ids import DRAWN, made_at_ms, new_id

NOW_MS = 1_790_000_000_000


@given(st.integers(0, 2**48 - 2))
def test_an_id_is_a_uuid_of_version_7_and_sorts_by_its_time(now_ms: int) -> None:
    made = uuid.UUID(new_id(now_ms))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made_at_ms(made.hex) == now_ms
    assert new_id(now_ms) < new_id(now_ms + 1)


def test_threads_never_make_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(new_id, [NOW_MS] * (20 * DRAWN)))
    assert len(set(made)) == len(made)


def test_a_forked_process_draws_chance_of_its_own() -> None:
    new_id(NOW_MS)
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writes, " ".join(new_id(NOW_MS) for _ in range(DRAWN)).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        theirs = pipe.read().split()
    os.waitpid(child, 0)
    assert len(theirs) == DRAWN
    assert not set(theirs) & {new_id(NOW_MS) for _ in range(DRAWN)}
