"""A party without a server: commands in, state out."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party.context import SYSTEM, Actor, Context
from realtime.party.decide import decide
from realtime.party.events import AnyEvent, Entry
from realtime.party.fold import apply
from realtime.party.snapshot import show_present
from realtime.party.state import PartyState, Role, Settings, Video

FILM = Video(
    id="film", title="The Film", source="upload", duration_ms=60_000, stream_url="/film", uploader_id="uploader-of-film"
)
SHORT = Video(
    id="short",
    title="The Short",
    source="upload",
    duration_ms=5_000,
    stream_url="/short",
    uploader_id="uploader-of-short",
)
START_MS = 1_700_000_000_000


def user(name: str) -> Actor:
    return Actor(user_id=name, name=name, session_id=f"session-{name}")


def guest(name: str) -> Actor:
    return Actor(guest_id=name, name=name, session_id=f"session-{name}")


def show_members(state: PartyState, statuses: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Show who is in, member by member. `statuses` holds, by member id, what the connected members' players last said."""
    return [show_present(member, statuses.get(member.id)) for member in state.members.values() if member.present]


class Stage:
    """A party with `ann` as host; `entries` is its log so far."""

    def __init__(self, *, settings: Settings | None = None, video: Video | None = FILM, **fields: object) -> None:
        self.now_ms = START_MS
        self.entries: list[Entry] = []
        self.connected: set[str] = set()
        self._state: PartyState | None = None
        self._ids = 0
        create = do.Create(
            party_id="party", code="ABCD2345", title="Friday", host_user_id="ann", host_name="ann", video=video,
            settings=settings or Settings(), **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        self.act(create, user("ann"))
        self.enter(user("ann"))

    @property
    def state(self) -> PartyState:
        assert self._state is not None
        return self._state

    def context(self, actor: Actor, video: Video | None = None, lead_ms: int = 100) -> Context:
        self._ids += 1
        return Context(
            now_ms=self.now_ms,
            actor=actor,
            fresh_id=f"id-{self._ids}",
            lead_ms=lead_ms,
            connected=frozenset(self.connected),
            video=video,
        )

    def act(self, command: do.AnyCommand, actor: Actor = SYSTEM, **context: object) -> list[AnyEvent]:
        """Decide and apply."""
        events = decide(self._state, command, self.context(actor, **context))  # type: ignore[arg-type]
        for event in events:
            entry = Entry(seq=len(self.entries) + 1, at_ms=self.now_ms, by=actor.member_id, event=event)
            self._state = apply(self._state, entry)
            self.entries.append(entry)
        return events

    def enter(self, *actors: Actor, admitted: bool = False) -> None:
        for actor in actors:
            self.act(do.Join(admitted=admitted), actor)
            self.connected.add(actor.member_id or "")

    def promote(self, name: str, role: Role) -> None:
        member = replace(self.state.members[name], role=role)
        self._state = replace(self.state, members={**self.state.members, name: member})

    def wait(self, ms: int) -> None:
        self.now_ms += ms
