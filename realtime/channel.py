"""A party as this node's connections see it: who listens, and the numbered frames that are about to go out to them.

Theory. A kernel call costs more than a frame. So numbered frames are held for a moment, joined once, and go out as one piece
to everybody who has the same newest event, however many frames. Those who stand level (`realtime.level`) get it without being
looked at; the others are gone through. An answer must not come before the event that it acknowledges: it goes out behind it, in
the same send. Who was given something out of turn, who came meanwhile, and who blocks somebody gets the frames that they lack
one by one. Frames that are not numbered push the held ones out before them, so the order is that of the log for everybody.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from realtime import errors
from realtime.blocks import Blocks, hide_frame
from realtime.bus import Message
from realtime.level import Level
from realtime.wire import Outgoing, Piece


class Listener(Protocol):
    """A connection, as the hub sees it."""

    member_id: str
    session_id: str
    family: str | None
    position: int | None
    """Seq of the newest event it was given; None before its welcome. Of who stands level the channel knows it better."""
    leaving: bool
    blocks: Blocks

    def deliver(self, outgoing: Outgoing) -> None: ...

    @property
    def put(self) -> Callable[[Piece], bool]:
        """Deliver what many others get as well; true where anything waits for the peer to read."""
        ...

    def look_behind(self) -> None:
        """Let go of a peer that reads too slowly."""
        ...

    def tick(self, now_ms: float, top_seq: int | None) -> None: ...

    def close(self, code: int) -> None: ...

    def closed(self) -> None: ...

    def reconsider(self) -> None:
        """Ask again to be let in, where it waits outside."""
        ...

    async def renew_blocks(self) -> None:
        """Find out again what it is not shown, and whether its member may still be here."""
        ...


class Shown(Outgoing):
    """One frame as it is shown to most; those who block its author are shown it without its words, which is made when first asked for."""

    __slots__ = ("_wordless", "author_id", "seq")

    def __init__(self, message: Message) -> None:
        super().__init__(message.frame)
        self.seq = message.seq or 0
        self.author_id = message.author_id
        self._wordless: Outgoing | None = None

    def to(self, blocks: Blocks) -> Outgoing:
        if self.author_id is None or self.author_id not in blocks.blocked:
            return self
        if self._wordless is None:
            self._wordless = Outgoing(hide_frame(self.payload))
        return self._wordless


class Channel:
    def __init__(self, party_id: str) -> None:
        self.party_id = party_id
        self.position: int | None = None
        """Seq of the newest event that came; those that are held are among them."""
        self.listeners: set[Listener] = set()
        self.due = False
        """Whether what is held goes out at the end of a turn that is soon over."""
        self._held: list[Shown] = []
        self._told: int | None = None
        """Seq of the newest event that has gone out, which all who stand level were given."""
        self._level: Level[Listener] = Level(self._stepped_apart)
        self._apart: set[Listener] = set()
        """The other listeners."""
        self._answers: dict[Listener, list[Outgoing]] = {}
        """What some of those who stand level get behind what is held, in the same send."""
        self._newest: dict[str, Listener] = {}
        """Of each session the connection that came last; the one before it is closing."""

    def add(self, listener: Listener) -> None:
        """Have a connection listen, by the session that it has now."""
        self.listeners.add(listener)
        self._apart.add(listener)
        self._newest[listener.session_id] = listener

    def discard(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        self._level.leave(listener)
        self._apart.discard(listener)
        if self._newest.get(listener.session_id) is listener:
            del self._newest[listener.session_id]

    def hold(self, message: Message) -> None:
        """Take the next numbered frame."""
        if self._answers:  # these came before it
            for listener in tuple(self._answers):
                self._level.leave(listener)
        self.position = message.seq
        self._held.append(Shown(message))

    def flush(self, lay: Callable[[Piece], None]) -> int:
        """Give everybody what is held; return how many frames that were. The piece that most get is laid down for all of them."""
        self.due = False
        held, self._held = self._held, []
        if not held:
            return 0
        piece = Piece(held)
        idle = self._put(piece, held) if self._apart else []
        self._told = held[-1].seq
        self._lay(piece, idle, lay)
        return len(held) * len(self.listeners)

    def mark(self) -> None:
        """Note at those who stand level what they were given."""
        for listener in self._level.members:
            listener.position = self._told

    def stand_apart(self, listener: Listener) -> None:
        """Look at a listener with the next piece again: what it is shown has changed, or what it has been given."""
        self._level.leave(listener)

    def answer(self, listener: Listener, outgoing: Outgoing) -> None:
        """Give one listener something that is for it alone, behind what is held: with that, where it is about to go out."""
        if self.due and listener in self._level:
            self._answers.setdefault(listener, []).append(outgoing)
            return
        if self._held:
            self._level.leave(listener)
            if listener.position is not None:
                _give(listener, listener.position, self._held)
        listener.deliver(outgoing)

    def tell(self, message: Message, lay: Callable[[Piece], None]) -> None:
        """Give everybody a frame that is not kept; without its author nothing of it is left to show."""
        piece = Piece([Outgoing(message.frame)])
        for listener in tuple(self._apart):
            shown = listener.position is not None and message.author_id not in listener.blocks.blocked
            if shown and listener.put(piece):
                listener.look_behind()
        self._lay(piece, (), lay)

    def replace(self, session_id: str) -> None:
        """Close a session that has come again."""
        if listener := self._newest.get(session_id):
            listener.close(errors.REPLACED)

    def put_out(self, member_id: str | None, code: int) -> None:
        """Close the connections of a member; who asked to leave is answered first, and closes by itself."""
        for listener in [listener for listener in self.listeners if listener.member_id == member_id]:
            if not listener.leaving:
                listener.close(code)

    def _put(self, piece: Piece, held: Sequence[Shown]) -> list[Listener]:
        """Give those who stand apart what they lack of what is held; return those whose wires have joined the piece, idle."""
        before, after = held[0].seq - 1, held[-1].seq
        authored = any(shown.author_id is not None for shown in held)
        idle: list[Listener] = []
        for listener in tuple(self._apart):
            position = listener.position
            if position == before and not (authored and listener.blocks.blocked):
                listener.position = after
                joined = len(piece.wires)
                if listener.put(piece):
                    listener.look_behind()
                if len(piece.wires) > joined:
                    idle.append(listener)
            elif position is not None:
                _give(listener, position, held)
        return idle

    def _lay(self, piece: Piece, idle: Sequence[Listener], lay: Callable[[Piece], None]) -> None:
        """Lay a piece down for all whose wires have joined it and for those who stand level, among whom are now who joined it idle."""
        newcomers = list(zip(idle, piece.wires, piece.descriptors, strict=False)) if idle else ()
        answers, self._answers = self._answers, {}
        self._level.join(piece, answers)
        for listener, wire, descriptor in newcomers:
            if not listener.blocks.blocked:
                self._apart.discard(listener)
                self._level.add(listener, wire, descriptor)
        lay(piece)

    def _stepped_apart(self, listener: Listener) -> None:
        listener.position = self._told
        self._apart.add(listener)
        if (answers := self._answers.pop(listener, None)) is not None:
            _give(listener, self._told or 0, self._held)
            for outgoing in answers:
                listener.deliver(outgoing)


def _give(listener: Listener, position: int, held: Iterable[Shown]) -> None:
    for shown in held:
        if shown.seq > position:
            listener.position = shown.seq
            listener.deliver(shown.to(listener.blocks))
