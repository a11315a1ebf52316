"""A chat is the last messages, however it is kept."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from realtime.party.chat import CHAT_KEPT, PART, Chat, Message

changes = st.lists(
    st.one_of(
        st.tuples(st.just("plus"), st.integers(1, 2 * PART)),
        st.tuples(st.sampled_from(["changed", "without"]), st.integers(-1, CHAT_KEPT)),
    ),
    max_size=60,
)


def message(number: int) -> Message:
    return Message(id=str(number), member_id="ann", name="Ann", body="hi", at_ms=number, position_ms=0)


@given(changes)
def test_a_chat_is_the_list_that_forgets_its_beginning(happened: list[tuple[str, int]]) -> None:
    chat, expected, said = Chat(), list[Message](), 0
    for what, number in happened:
        before, was = chat, list(expected)
        name = expected[number].id if 0 <= number < len(expected) else "nobody's"
        if what == "plus":
            for _ in range(number):
                said += 1
                chat = chat.plus(message(said))
                expected = [*expected, message(said)][-CHAT_KEPT:]
        elif what == "changed":
            chat = chat.changed(name, lambda old: replace(old, body="edited"))
            expected = [replace(old, body="edited") if old.id == name else old for old in expected]
        else:
            chat = chat.without(name)
            expected = [old for old in expected if old.id != name]
        assert list(before) == was, "what was there has changed"
        assert (list(chat), len(chat), bool(chat)) == (expected, len(expected), bool(expected))
        assert list(reversed(chat)) == expected[::-1]
        assert [chat[place] for place in range(-len(chat), len(chat))] == expected * 2


def test_one_more_message_copies_a_few() -> None:
    chat = Chat()
    for number in range(3 * CHAT_KEPT):
        before, chat = chat, chat.plus(message(number))
        assert len(chat.newest) < PART
        assert chat.older is before.older or not chat.newest
