import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.chat import CHAT_KEPT, Message
from realtime.party.context import SYSTEM, Actor
from realtime.party.emotes import is_emoji
from realtime.party.refused import Refused
from realtime.party.rules.chat import clean
from realtime.party.state import Settings
from tests.fakes.party import Stage, guest, user

ANN, BOB, CAT, GUS = user("ann"), user("bob"), user("cat"), guest("gus")


def said(stage: Stage, body: str, actor: object = ANN, reply_to: str | None = None) -> Message:
    (event,) = stage.act(do.Say(body=body, reply_to=reply_to), actor)  # type: ignore[arg-type]
    assert isinstance(event, ev.Said)
    return event.message


def refusal(stage: Stage, command: do.Command, actor: object) -> Refused:
    with pytest.raises(Refused) as caught:
        stage.act(command, actor)  # type: ignore[arg-type]
    return caught.value


def test_a_message_carries_its_author_its_time_and_the_position_of_the_video() -> None:
    stage = Stage()
    stage.act(do.Play(), ANN, lead_ms=100)
    stage.wait(4_100)
    message = said(stage, "look!")
    assert (message.member_id, message.name, message.at_ms, message.position_ms) == ("ann", "ann", stage.now_ms, 4_000)
    assert list(stage.state.chat) == [message]


def test_only_the_newest_messages_are_kept_in_the_party() -> None:
    stage = Stage()
    for n in range(CHAT_KEPT + 5):
        said(stage, f"message {n}")
    assert [message.body for message in stage.state.chat] == [f"message {n}" for n in range(5, CHAT_KEPT + 5)]


def test_mentions_name_the_members_meant() -> None:
    stage = Stage()
    stage.enter(BOB, CAT)
    assert said(stage, "@BOB and @nobody, see mail@cat.example").mentions == ("bob",)
    assert said(stage, "no one").mentions == ()
    assert said(stage, "thank you, @bob.").mentions == ("bob",)
    assert said(stage, "write to ann@bob").mentions == ()
    stage.enter(Actor(user_id="ada", name="Ada Lovelace"))
    assert said(stage, "(@adalovelace) and @Ada").mentions == ("ada",)


def test_a_reply_needs_its_message() -> None:
    stage = Stage()
    first = said(stage, "first")
    assert said(stage, "second", reply_to=first.id).reply_to == first.id
    assert refusal(stage, do.Say(body="x", reply_to="nothing"), ANN).path == "reply_to"


def test_guests_chat_unless_the_host_asks_for_more() -> None:
    stage = Stage()
    stage.enter(GUS)
    said(stage, "hello", GUS)
    stage.act(do.ChangeSettings(permissions={"chat": "member"}), ANN)
    assert refusal(stage, do.Say(body="hello"), GUS).code == "forbidden"


def test_a_switched_off_chat_is_for_moderators() -> None:
    stage = Stage(settings=Settings(chat=False))
    stage.enter(BOB)
    said(stage, "announcement")
    assert refusal(stage, do.Say(body="hello"), BOB).code == "forbidden"


def test_slow_mode_says_how_long_to_wait_and_spares_moderators() -> None:
    stage = Stage(settings=Settings(slow_mode_s=10))
    stage.enter(BOB)
    said(stage, "one", BOB)
    stage.wait(4_000)
    refused = refusal(stage, do.Say(body="two"), BOB)
    assert (refused.code, refused.retry_after_ms) == ("slow_mode", 6_000)
    stage.wait(6_000)
    said(stage, "two", BOB)
    said(stage, "host")
    said(stage, "host again")


def test_only_the_author_edits_and_the_author_or_a_moderator_deletes() -> None:
    stage = Stage()
    stage.enter(BOB, CAT)
    message = said(stage, "tpyo", BOB)
    assert refusal(stage, do.EditMessage(message_id=message.id, body="x"), ANN).code == "forbidden"
    stage.act(do.EditMessage(message_id=message.id, body="typo @cat"), BOB)
    assert (stage.state.chat[0].body, stage.state.chat[0].edited, stage.state.chat[0].mentions) == (
        "typo @cat",
        True,
        ("cat",),
    )
    assert refusal(stage, do.DeleteMessage(message_id=message.id), CAT).code == "forbidden"
    stage.act(do.DeleteMessage(message_id=message.id), ANN)
    assert not stage.state.chat
    assert refusal(stage, do.DeleteMessage(message_id=message.id), ANN).code == "not_found"


def test_a_deletion_names_its_author_and_its_reason() -> None:
    stage = Stage()
    stage.enter(BOB)
    message = said(stage, "spam", BOB)
    (event,) = stage.act(do.DeleteMessage(message_id=message.id, reason="off topic"), ANN)
    assert event == ev.Deleted(message_id=message.id, member_id="bob", reason="off topic")


def test_the_system_deletes_what_is_further_back_and_after_the_end_too() -> None:
    stage = Stage()
    first = said(stage, "first")
    for n in range(CHAT_KEPT):
        said(stage, f"message {n}")
    assert refusal(stage, do.DeleteMessage(message_id=first.id), ANN).code == "not_found"
    stage.act(do.End(), ANN)
    newest = stage.state.chat[-1]
    assert refusal(stage, do.DeleteMessage(message_id=newest.id), ANN).code == "ended"
    assert stage.act(do.DeleteMessage(message_id=first.id), SYSTEM) == [ev.Deleted(message_id=first.id)]
    stage.act(do.DeleteMessage(message_id=newest.id), SYSTEM)
    assert newest not in stage.state.chat
    assert refusal(stage, do.Say(body="still here"), SYSTEM).code == "ended"


def test_a_muted_author_does_not_edit_either() -> None:
    stage = Stage()
    stage.enter(BOB)
    message = said(stage, "hm", BOB)
    stage.act(do.Mute(member_id="bob"), ANN)
    assert refusal(stage, do.EditMessage(message_id=message.id, body="spam"), BOB).code == "muted"


def test_a_reaction_is_put_on_a_message_and_taken_back() -> None:
    stage = Stage()
    stage.enter(BOB)
    message = said(stage, "joke")
    for actor in (ANN, BOB):
        stage.act(do.ReactToMessage(message_id=message.id, emoji="😂"), actor)
    assert stage.state.chat[0].reactions == {"😂": ("ann", "bob")}
    stage.act(do.ReactToMessage(message_id=message.id, emoji="😂"), ANN)
    stage.act(do.ReactToMessage(message_id=message.id, emoji="😂"), BOB)
    assert stage.state.chat[0].reactions == {}
    assert refusal(stage, do.ReactToMessage(message_id=message.id, emoji="lol"), ANN).path == "emoji"
    stage.act(do.ChangeSettings(reactions=False), ANN)
    assert refusal(stage, do.ReactToMessage(message_id=message.id, emoji="😂"), BOB).code == "forbidden"


def test_a_name_is_a_reaction_where_it_is_one_of_the_partys_emotes() -> None:
    stage = Stage()
    stage.enter(BOB)
    message = said(stage, "joke")
    wow = do.ReactToMessage(message_id=message.id, emoji=":wow:")
    assert refusal(stage, wow, BOB).path == "emoji"
    stage.act(do.ChangeSettings(emotes={"wow": "🤯"}), ANN)
    stage.act(wow, BOB)
    assert stage.state.chat[0].reactions == {":wow:": ("bob",)}
    for text in (":wo:", ":wow", "wow", "::", ":", ""):
        assert refusal(stage, do.ReactToMessage(message_id=message.id, emoji=text), BOB).code == "invalid"
    stage.act(do.ChangeSettings(emotes={}), ANN)
    assert refusal(stage, wow, BOB).code == "invalid"


@pytest.mark.parametrize("emoji", ["lol", "😂😂", ":wow:", "https://example.com/a.png", "<img>"])
def test_an_emote_stands_for_one_emoji_and_never_for_an_address(emoji: str) -> None:
    refused = refusal(Stage(), do.ChangeSettings(emotes={"wow": emoji}), ANN)
    assert (refused.code, refused.path) == ("invalid", "emotes")


@pytest.mark.parametrize("text", ["😂", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "☺", "↔️", "‼️", "🤷🏽‍♀️", "👁️‍🗨️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_one_symbol_is_an_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "lol",
        "1",
        "::",
        ":a b:",
        ":wow:",
        "<b>",
        "😂 😂",
        "\u202e",
        ":x:y",
        "😂" * 13,
        "😂😂",
        "🇩🇪🇫🇷",
        "🇩",
        "👍🏽🏽",
        "\u200d",
        "😂\u200d",
        "+\ufe0f",
        "1\ufe0f",
        "<",
    ],
)
def test_text_is_no_emoji(text: str) -> None:
    assert not is_emoji(text)


@given(st.text(max_size=300))
def test_a_cleaned_message_is_refused_or_shows_something(body: str) -> None:
    try:
        kept = clean(body)
    except Refused:
        assert not any(point.isalnum() for point in body)
    else:
        assert kept
        assert kept == clean(kept)
        assert "\x00" not in kept
