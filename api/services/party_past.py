"""A party's past: its log as frames, its chat page by page, and all of it again in its time."""

from collections.abc import AsyncIterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple, Self

import msgspec

from api.problems import invalid
from realtime.blocks import NONE, Blocks, hide
from realtime.engine import Engine
from realtime.frames import frame as shown_as_frame
from realtime.party import events as ev
from realtime.party.chat import Message
from realtime.party.fold import apply
from realtime.records import from_record
from store.party_log import PartyLog
from store.party_log_by_type import PartyLogByType
from store.party_reactions import PartyReactions, Reacted

PAGE = 500
PAGES_LOOKED_AT = 10
"""By one call for a page of a replay: 5,000 events, 30 ms."""
REPLAYED = frozenset(
    {
        *("party.started", "party.ended", "member.joined", "member.left"),
        *("playback", "video", "waiting", "chat", "chat.reacted", "poll"),
    }
)
"""Frames of which a replay is made. Moderation and settings are nobody's evening."""


class Place(NamedTuple):
    """Where a page of a replay begins: after a seq, and with the reactions from a moment on; None is that of the seq."""

    seq: int
    from_ms: int | None = None

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Read what `str` has written, or a mere seq."""
        return cls(*map(int, cursor.split("-")))

    def __str__(self) -> str:
        return f"{self.seq}-{self.from_ms}"


class Replayed(NamedTuple):
    """A page of a replay; `next` is where the next one begins, None at the end."""

    frames: list[dict[str, Any]]
    reactions: list[Reacted]
    next: Place | None


class PartyPast:
    def __init__(
        self, *, engine: Engine, party_log: PartyLog, by_type: PartyLogByType, reactions: PartyReactions
    ) -> None:
        self._engine = engine
        self._party_log = party_log
        self._by_type = by_type
        self._reactions = reactions

    async def log(
        self, party_id: str, *, after: int, limit: int, blocks: Blocks = NONE
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Read frames after a seq; the second value is where the next page begins, None at the end.

        The words of people whom the reader blocks are left out, as from their socket.
        """
        found = await self._engine.history(party_id, after, limit + 1)
        return [_shown(frame, blocks) for frame in found[:limit]], found[limit - 1]["seq"] if len(
            found
        ) > limit else None

    async def replay(self, party_id: str, *, after: Place, limit: int, blocks: Blocks) -> Replayed:
        """Read what an evening is played again from, after a place; with it come the reactions up to its last moment.

        Messages come at their moment, in the words that they had in the end; those that were deleted do not come. Where little
        of a long stretch is shown, or much was reacted in it, a page ends before it is full.
        """
        from_ms = await self._moment(party_id, after.seq) if after.from_ms is None else after.from_ms
        frames, place = await self._shown_again(party_id, after.seq, limit, blocks)
        # Nodes' clocks differ a little: no page goes back behind the one before it.
        until_ms = None if place is None or place.from_ms is None else max(from_ms, place.from_ms)
        reactions, read_to_ms = await self._reactions.between(party_id, from_ms, until_ms)
        if read_to_ms is not None:
            frames = list(takewhile(lambda frame: frame["at_ms"] < read_to_ms, frames))
            place, until_ms = Place(frames[-1]["seq"] if frames else after.seq), read_to_ms
        return Replayed(frames, reactions, place and place._replace(from_ms=until_ms))

    async def _shown_again(
        self, party_id: str, after: int, limit: int, blocks: Blocks
    ) -> tuple[list[dict[str, Any]], Place | None]:
        """Read the frames of a page; the second value is the last that was looked at, None where that was the end."""
        words = await self._last_words(party_id)
        shown: list[dict[str, Any]] = []
        last = Place(after)
        for _ in range(PAGES_LOOKED_AT):
            page = await self._engine.history(party_id, last.seq, PAGE)
            for frame in page:
                again = await self._first_film(party_id) if frame["t"] == "party.created" else _again(frame, words)
                if again is not None:
                    if len(shown) == limit:
                        return shown, last
                    shown.append(_shown(again, blocks))
                last = Place(frame["seq"], frame["at_ms"])
            if len(page) < PAGE:
                return shown, None
        return shown, last

    async def _moment(self, party_id: str, seq: int) -> int:
        frames = await self._engine.history(party_id, seq - 1, 1) if seq else []
        return int(frames[0]["at_ms"]) if frames else 0

    async def _first_film(self, party_id: str) -> dict[str, Any] | None:
        """Show the film that a party was made with as one that was put on then."""
        (record,) = await self._party_log.read(party_id, 0, 1)
        first = from_record(record)
        made = apply(None, first)
        if made.video is None:
            return None
        put_on = ev.VideoChanged(video=made.video, playback=made.playback)
        return shown_as_frame(msgspec.structs.replace(first, event=put_on))

    async def _last_words(self, party_id: str) -> dict[str, Message | None]:
        """Find what became of messages that were changed: as they were in the end, None where they are gone."""
        words: dict[str, Message | None] = {}
        after = 0
        while True:
            records = await self._by_type.read(party_id, ("chat.edited", "chat.deleted"), after=after, limit=PAGE)
            for record in records:
                event = from_record(record).event
                if isinstance(event, ev.Edited):
                    words[event.message.id] = event.message
                elif isinstance(event, ev.Deleted):
                    words[event.message_id] = None
            if len(records) < PAGE:
                return words
            after = records[-1].seq

    async def chat(self, party_id: str, *, before: str | None, limit: int) -> tuple[list[Message], str | None]:
        """Read messages as they stand now, the newest last; the second value leads to older ones.

        Raises `Problem("invalid")` where `before` is no message of this party.
        """
        state = await self._engine.state(party_id)
        messages = list(state.chat)
        known = [message.id for message in messages]
        if before is None and len(messages) > limit:
            return messages[-limit:], messages[-limit].id
        if before in known and known.index(before) >= limit:
            place = known.index(before)
            return messages[place - limit : place], messages[place - limit].id
        # Further back than the party keeps in memory: what was edited or deleted later is known at the end only.
        everything = await self._all(party_id)
        names = list(everything)
        if before is not None and before not in everything:
            raise invalid("?before", "There is no such message.")
        stop = len(names) if before is None else names.index(before)
        start = max(0, stop - limit)
        shown = [everything[name] for name in names[start:stop]]
        return shown, names[start] if start else None

    async def message(self, party_id: str, message_id: str) -> Message | None:
        """Find a message as it stands now; None where there is none, or none any more."""
        state = await self._engine.state(party_id)
        for message in state.chat:
            if message.id == message_id:
                return message
        return (await self._all(party_id)).get(message_id)

    async def _all(self, party_id: str) -> dict[str, Message]:
        messages: dict[str, Message] = {}
        async for frame in self._frames(party_id):
            if frame["t"] in {"chat", "chat.edited"}:
                message = msgspec.convert(frame["message"], Message, from_attributes=True)
                messages[message.id] = message
            elif frame["t"] == "chat.deleted":
                messages.pop(frame["message_id"], None)
            elif frame["t"] == "chat.reacted" and frame["message_id"] in messages:
                messages[frame["message_id"]] = _reacted(messages[frame["message_id"]], frame)
        return messages

    async def _frames(self, party_id: str) -> AsyncIterator[dict[str, Any]]:
        after = 0
        while True:
            page = await self._engine.history(party_id, after, PAGE)
            for frame in page:
                yield frame
            if len(page) < PAGE:
                return
            after = page[-1]["seq"]


def _again(frame: dict[str, Any], words: Mapping[str, Message | None]) -> dict[str, Any] | None:
    """Show a frame as a replay does; None where it does not."""
    if frame["t"] in {"member.kicked", "member.banned"}:  # they went; why and for how long is the moderators' business
        return {name: frame[name] for name in ("seq", "at_ms", "member")} | {"t": "member.left", "by": None}
    if frame["t"] not in REPLAYED:
        return None
    message = frame.get("message")
    message_id: str = message.id if message else frame.get("message_id", "")
    if message_id not in words:
        return frame
    last = words[message_id]
    if last is None:
        return None
    return {**frame, "message": last} if message else frame


def _shown(frame: dict[str, Any], blocks: Blocks) -> dict[str, Any]:
    message = frame.get("message")
    return {**frame, "message": hide(message)} if message and message.member_id in blocks.blocked else frame


def _reacted(message: Message, frame: dict[str, Any]) -> Message:
    people = [person for person in message.reactions.get(frame["emoji"], ()) if person != frame["member_id"]]
    if frame["on"]:
        people.append(frame["member_id"])
    reactions = {**message.reactions, frame["emoji"]: tuple(people)}
    kept = {emoji: who for emoji, who in reactions.items() if who}
    return msgspec.structs.replace(message, reactions=kept)
