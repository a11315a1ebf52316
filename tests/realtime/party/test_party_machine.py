"""Any history of commands: what the log says is what the party is, and what is refused leaves no trace."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime import frames
from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.chat import CHAT_KEPT
from realtime.party.context import SYSTEM, Actor, Context
from realtime.party.decide import decide
from realtime.party.events import Entry
from realtime.party.fold import apply
from realtime.party.playback import Playback
from realtime.party.refused import Refused
from realtime.party.state import QUEUE_LIMIT, PartyState, Video
from realtime.records import from_record, to_record
from realtime.snapshots import Content, packed, unpacked
from store.documents import PartyEvent
from tests.fakes.party import FILM, SHORT, START_MS, guest, user

PEOPLE = [user("ann"), user("bob"), user("cat"), user("dan"), guest("gus"), guest("hal")]
NAMES = [person.member_id or "" for person in PEOPLE]

people = st.sampled_from(PEOPLE)
names = st.sampled_from([*NAMES, "nobody"])
positions = st.floats(0, 1e5)
minutes = st.none() | st.integers(1, 3)
places = st.integers(0, 7).map(str)
"""Where in the queue or the chat: `PartyMachine.pointed` puts the id of what stands there."""
roles = st.sampled_from(["cohost", "moderator", "member"])
least_roles = st.sampled_from(["host", "cohost", "moderator", "member", "guest"])
playback_commands = st.one_of(
    st.builds(do.Play, position_ms=st.none() | positions),
    st.builds(do.Pause, position_ms=st.none() | positions),
    st.builds(do.Seek, position_ms=positions),
    st.builds(do.SetRate, rate=st.sampled_from([0.25, 1, 1.5, 4])),
)
queue_commands = st.one_of(
    st.builds(do.AddToQueue, video_id=st.just("short")),
    st.builds(do.ChangeVideo, video_id=st.just("short")),
    st.builds(do.RemoveFromQueue, item_id=places),
    st.builds(do.MoveInQueue, item_id=places, to=st.integers(0, 5)),
    st.builds(do.PlayFromQueue, item_id=places),
    st.builds(do.VoteInQueue, item_id=places, up=st.booleans()),
    st.just(do.ClearQueue()),
    st.just(do.Skip()),
    st.just(do.VoteToSkip()),
)
chat_commands = st.one_of(
    st.builds(do.Say, body=st.text(min_size=1, max_size=30), reply_to=st.none() | places),
    st.builds(do.EditMessage, message_id=places, body=st.just("@ann edited")),
    st.builds(do.DeleteMessage, message_id=places),
    st.builds(do.ReactToMessage, message_id=places, emoji=st.sampled_from(["😂", "👍", ":wow:", "no"])),
)
poll_commands = st.one_of(
    st.builds(
        do.OpenPoll, question=st.just("Which?"), options=st.just(["this", "that", "both"]), multiple=st.booleans()
    ),
    st.builds(do.VoteInPoll, option=st.integers(0, 3)),
    st.just(do.ClosePoll()),
)
waits = st.builds(
    do.Wait,
    dry=st.dictionaries(names, st.none() | st.sampled_from([0.0, 60_000.0]), max_size=4),
    watching=st.integers(0, 6),
)
member_commands = st.one_of(
    st.builds(do.SetRole, member_id=names, role=roles),
    st.builds(do.Kick, member_id=names),
    st.builds(do.Ban, member_id=names, minutes=minutes),
    st.builds(do.Mute, member_id=names, minutes=minutes),
    st.builds(do.Unmute, member_id=names),
    st.builds(do.TransferHost, member_id=names),
    st.builds(do.Approve, member_id=names),
    st.builds(do.Deny, member_id=names),
)
host_commands = st.one_of(
    st.builds(
        do.ChangeSettings,
        control=st.sampled_from(["host", "cohosts", "everyone"]),
        guests=st.booleans(),
        chat=st.booleans(),
        slow_mode_s=st.sampled_from([0, 5]),
        wait=st.sampled_from(["off", "majority", "all"]),
        emotes=st.sampled_from([{}, {"wow": "🤯"}, {"wow": "no emoji"}]),
        approval=st.sampled_from(["off", "guests", "everyone"]),
        permissions=st.dictionaries(st.sampled_from(["control", "queue", "chat", "vote"]), least_roles, max_size=2),
    ),
    st.just(do.Start()),
    st.builds(do.Reschedule, scheduled_for_ms=st.sampled_from([None, START_MS + 900_000, START_MS + 3_600_000])),
)


class PartyMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_ms = START_MS
        self.ids = 0
        self.connected: set[str] = set()
        self.log: list[PartyEvent] = []
        self.state: PartyState | None = None
        self.kept: list[PartyState] = []
        self.played: Playback | None = None
        """The playback that frames have shown last."""
        create = do.Create(
            party_id="party", code="ABCD2345", title="Friday", host_user_id="ann", host_name="ann", video=FILM
        )
        self.submit(create, PEOPLE[0])

    def pointed(self, command: do.AnyCommand) -> do.AnyCommand:
        """Point a command at what is really there, or at nothing where there is less."""
        assert self.state is not None
        said = list(reversed(self.state.chat))
        things = {"item_id": self.state.queue, "message_id": said, "reply_to": said}
        for field, there in things.items():
            place = getattr(command, field, None)
            if place is not None and int(place) < len(there):
                command = msgspec.structs.replace(command, **{field: there[int(place)].id})
        return command

    def submit(self, command: do.AnyCommand, actor: Actor, video: Video | None = None) -> bool:
        self.ids += 1
        context = Context(
            now_ms=self.now_ms,
            actor=actor,
            fresh_id=f"id-{self.ids}",
            lead_ms=self.ids % 1500,
            connected=frozenset(self.connected),
            video=video,
        )
        before = msgspec.json.encode(self.state)
        try:
            events = decide(self.state, command, context)
        except Refused:
            assert msgspec.json.encode(self.state) == before
            return False
        assert msgspec.json.encode(self.state) == before
        for event in events:
            entry = Entry(seq=len(self.log) + 1, at_ms=self.now_ms, by=actor.member_id, event=event)
            record = to_record(entry, event_id=f"e{entry.seq}", actor=actor, command_id=None, state=self.state)
            self.log.append(msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=PartyEvent))
            self.state = apply(self.state, entry)
            self.played = frames.frame(entry).get("playback", self.played)
        return True

    @rule(person=people)
    def join(self, person: Actor) -> None:
        if self.submit(do.Join(), person):
            self.connected.add(person.member_id or "")

    @rule(person=people)
    def leave(self, person: Actor) -> None:
        self.submit(do.Leave(), person)
        self.connected.discard(person.member_id or "")

    @rule(person=people)
    def drop(self, person: Actor) -> None:
        self.connected.discard(person.member_id or "")

    @rule(person=people, command=playback_commands)
    def control(self, person: Actor, command: do.Command) -> None:
        self.submit(command, person)

    @rule(person=people, command=queue_commands)
    def queue(self, person: Actor, command: do.Command) -> None:
        self.submit(self.pointed(command), person, SHORT)

    @rule(person=people, command=chat_commands)
    def chat(self, person: Actor, command: do.Command) -> None:
        self.submit(self.pointed(command), person)

    @rule(person=people, command=poll_commands)
    def poll(self, person: Actor, command: do.Command) -> None:
        self.submit(command, person)

    @rule(command=waits)
    def wait_for(self, command: do.Wait) -> None:
        self.submit(command, SYSTEM)

    @rule(dry=st.frozensets(names, max_size=3))
    def go_on(self, dry: frozenset[str]) -> None:
        self.submit(do.GoOn(dry=dry), SYSTEM)

    @rule(person=people, is_ready=st.booleans())
    def ready(self, person: Actor, is_ready: bool) -> None:
        self.submit(do.Ready(ready=is_ready), person)

    @rule(person=people, command=member_commands)
    def moderate(self, person: Actor, command: do.Command) -> None:
        self.submit(command, person)

    @rule(person=people, command=host_commands)
    def rule_the_party(self, person: Actor, command: do.Command) -> None:
        self.submit(command, person)

    @rule(
        command=st.sampled_from(
            [do.Advance(), do.Succeed(), do.OpenDoors(), do.StartOnTime(), do.Vacate(empty_since_ms=START_MS)]
        )
    )
    def time_passes_on(self, command: do.AnyCommand) -> None:
        self.submit(command, SYSTEM)

    @rule(ms=st.integers(1, 100_000))
    def wait(self, ms: int) -> None:
        self.now_ms += ms

    @rule()
    def keep_a_snapshot(self) -> None:
        assert self.state is not None
        read = unpacked(packed(Content(self.state, (("session:1", 1),))))
        assert read is not None
        assert read.commands == (("session:1", 1),)
        self.kept.append(read.state)

    @invariant()
    def old_snapshots_and_the_events_since_give_the_present_party(self) -> None:
        for old in [None, *self.kept[-2:]]:
            state = old
            for record in self.log[old.seq if old else 0 :]:
                state = apply(state, from_record(record))
            assert state == self.state

    @invariant()
    def the_party_is_sound(self) -> None:
        state = self.state
        assert state is not None
        assert state.seq == len(self.log)
        assert [member.id for member in state.members.values() if member.role == "host"] == [state.host_id]
        assert all(member_id == member.id for member_id, member in state.members.items())
        assert len({item.id for item in state.queue}) == len(state.queue) <= QUEUE_LIMIT
        assert all(item.votes == len(state.votes.get(item.id, ())) for item in state.queue)
        assert len(state.chat) <= CHAT_KEPT
        assert 0 <= state.playback.position_ms <= (state.duration_ms or 0)
        assert not any(state.members[name].present for name in state.let_in if name in state.members)
        assert not any(state.members[name].present for name in state.shown_out)
        assert state.playback.paused or state.status == "live"
        assert state.waiting is None or (state.playback.paused and state.status == "live")
        assert state.video is not None
        assert state.video.id == state.playback.video_id == state.video_ids[-1]
        assert all(state.members[name].user_id for name in [state.host_id])

    @invariant()
    def every_event_can_be_shown_by_itself(self) -> None:
        for record in self.log[-3:]:
            shown = msgspec.json.decode(frames.encode(frames.frame(from_record(record))))
            assert (shown["seq"], shown["at_ms"], shown["by"]) == (record.seq, record.at_ms, record.by)

    @invariant()
    def whoever_plays_the_frames_again_is_where_the_party_was(self) -> None:
        assert self.state is not None
        assert self.played in {None, self.state.playback}

    @invariant()
    def revisions_never_fall(self) -> None:
        revisions = [record.body["playback"]["revision"] for record in self.log if "playback" in record.body]
        assert revisions == sorted(set(revisions))


def test_creation_is_the_only_beginning() -> None:
    assert isinstance(from_record(PartyMachine().log[0]).event, ev.Created)


TestPartyMachine = PartyMachine.TestCase
TestPartyMachine.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
