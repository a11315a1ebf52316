"""A person taken out of a party's log: the same seqs, the same party, and nothing of them."""

import msgspec
import pytest

from realtime.forgetting import NOBODY, UNTITLED, Forgotten, forget
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.fold import apply
from realtime.party.state import PartyState
from realtime.records import from_record, to_record
from store.documents import PartyEvent
from tests.fakes.party import Stage, user

BOB_ID, PSEUDONYM = "01a2" * 8, "x" + "5" * 31
BOB = Actor(user_id=BOB_ID, name="Bob", session_id=f"rest-{BOB_ID}-tv")
ANN, CAT = user("ann"), user("cat")


@pytest.fixture
def stage() -> Stage:
    """Let Bob do, and have done to him, whatever leaves words in a log."""
    stage = Stage()
    stage.enter(BOB, CAT)
    stage.act(do.Say(body="something of mine"), BOB)
    said = stage.state.chat[-1].id
    stage.act(do.EditMessage(message_id=said, body="better words of mine"), BOB)
    stage.act(do.Say(body="hi @bob", reply_to=said), CAT)
    stage.act(do.ReactToMessage(message_id=stage.state.chat[-1].id, emoji="👍"), BOB)
    stage.act(do.SetRole(member_id=BOB_ID, role="moderator"), ANN)
    stage.act(do.OpenPoll(question="Whose words?", options=("mine", "yours")), BOB)
    stage.act(do.VoteInPoll(option=0), BOB)
    stage.act(do.VoteInPoll(option=1), CAT)
    stage.act(do.Mute(member_id="cat", reason="reasons of mine"), BOB)
    stage.act(do.TransferHost(member_id=BOB_ID), ANN)
    stage.act(do.ChangeSettings(title="Evening of mine"), BOB)
    stage.act(do.Kick(member_id="cat", reason="more of mine"), BOB)
    stage.act(do.Leave(), BOB)
    return stage


def stored(stage: Stage) -> list[PartyEvent]:
    actors = {BOB_ID: BOB, "ann": ANN, "cat": CAT}
    return [
        to_record(
            entry,
            event_id=f"event-{entry.seq}",
            actor=actors.get(entry.by or "", Actor()),
            command_id=f"rest-{entry.by}:key",
            state=None if entry.seq == 1 else stage.state,
        )
        for entry in stage.entries
    ]


def folded(records: list[PartyEvent]) -> PartyState:
    state: PartyState | None = None
    for record in records:
        state = apply(state, from_record(record))
    assert state is not None
    return state


def forgotten(records: list[PartyEvent], *, hosts: bool) -> list[PartyEvent]:
    who = Forgotten(user_id=BOB_ID, name="Bob", pseudonym=PSEUDONYM, hosts=hosts)
    return [msgspec.convert(forget(msgspec.to_builtins(record), who), PartyEvent) for record in records]


def test_nothing_of_the_person_is_left(stage: Stage) -> None:
    before = stored(stage)
    text = msgspec.json.encode(before).decode()
    assert "of mine" in text
    after = msgspec.json.encode(forgotten(before, hosts=True)).decode()
    assert [word for word in (BOB_ID, "Bob", "@bob", "of mine", "Whose words") if word in after] == []


def test_the_log_folds_to_the_same_party_at_the_same_seq(stage: Stage) -> None:
    before = stored(stage)
    after = forgotten(before, hosts=True)
    assert [record.seq for record in after] == [record.seq for record in before]
    assert [record.event_id for record in after] == [record.event_id for record in before]
    was, state = folded(before), folded(after)
    assert state.seq == was.seq
    assert (state.title, state.host_id) == (UNTITLED, PSEUDONYM)
    assert set(state.members) == (set(was.members) - {BOB_ID}) | {PSEUDONYM}
    assert state.members[PSEUDONYM].name == NOBODY
    assert [message.body for message in state.chat] == ["", f"hi @{NOBODY}"]
    assert state.chat[1].mentions == (PSEUDONYM,)
    assert state.chat[1].reactions == {"👍": (PSEUDONYM,)}
    assert state.poll is not None
    assert state.poll.votes == {PSEUDONYM: (0,), "cat": (1,)}
    assert state.members["cat"] == was.members["cat"]


@pytest.mark.parametrize("words", ["hi @BobHope.", "hi @bob hope"])
def test_a_mention_is_taken_out_with_and_without_the_blanks_of_the_name(words: str) -> None:
    message = {"member_id": "cat", "body": words, "mentions": [BOB_ID]}
    event = {"type": "chat.sent", "by": "cat", "body": {"message": message}}
    who = Forgotten(user_id=BOB_ID, name="Bob Hope", pseudonym=PSEUDONYM, hosts=False)
    assert forget(event, who)["body"]["message"]["body"].rstrip(".") == f"hi @{NOBODY}"


def test_the_title_of_anothers_party_stays(stage: Stage) -> None:
    assert folded(forgotten(stored(stage), hosts=False)).title == "Evening of mine"


def test_done_again_it_changes_nothing(stage: Stage) -> None:
    once = forgotten(stored(stage), hosts=True)
    assert forgotten(once, hosts=True) == once
