from typing import Any

import pytest

from matinee.simulate.ledger import Acknowledged, judged


def chat(seq: int, body: str, by: str = "m1") -> dict[str, Any]:
    return {"t": "chat", "seq": seq, "by": by, "message": {"body": body}}


def playback(seq: int, cause: str, by: str = "m1") -> dict[str, Any]:
    return {"t": "playback", "seq": seq, "by": by, "cause": cause, "playback": {}}


LOG = [playback(1, "play"), chat(2, "hello"), playback(3, "seek"), chat(4, "bye", by="m2")]
ACKS = [
    Acknowledged(kind="play", member_id="m1", seq=1),
    Acknowledged(kind="chat", member_id="m1", seq=2, body="hello"),
    Acknowledged(kind="seek", member_id="m1", seq=3),
    Acknowledged(kind="chat", member_id="m2", seq=4, body="bye"),
]


def test_everything_there_once_is_nothing_lost() -> None:
    verdict = judged(LOG, ACKS)
    assert (verdict.commands_acked, verdict.commands_lost) == (4, 0)
    assert (verdict.events_duplicated, verdict.seqs_missing) == (0, 0)


@pytest.mark.parametrize("place", range(4))
def test_an_acknowledged_command_that_the_log_lacks_is_lost_and_leaves_a_gap(place: int) -> None:
    verdict = judged(LOG[:place] + LOG[place + 1 :], ACKS)
    assert verdict.commands_lost == 1
    assert verdict.seqs_missing == (1 if place < 3 else 0)


def test_an_entry_of_somebody_else_or_of_another_kind_does_not_count() -> None:
    other = [playback(1, "play", by="m9"), chat(2, "hallo"), playback(3, "pause"), playback(4, "play", by="m2")]
    assert judged(other, ACKS).commands_lost == 4


def test_a_message_that_landed_twice_is_a_duplicate_and_not_exactly_once() -> None:
    verdict = judged([*LOG, chat(5, "hello")], ACKS)
    assert verdict.events_duplicated == 1
    assert verdict.commands_lost == 1


def test_a_seq_that_was_given_twice_is_found() -> None:
    verdict = judged([*LOG, playback(3, "seek")], ACKS)
    assert verdict.events_duplicated == 1
    assert verdict.commands_lost == 1


def test_two_acknowledgements_of_one_entry_mean_that_a_command_is_lost() -> None:
    assert judged(LOG, [*ACKS, ACKS[0]]).commands_lost == 1
