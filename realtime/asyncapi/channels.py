"""The two sockets: where they are, what they hear and what they say."""

from typing import Literal

from msgspec import Struct

from realtime import outgoing, protocol
from realtime.party.commands import CLIENT_COMMANDS


class Channel(Struct, frozen=True, kw_only=True):
    """One socket."""

    name: str
    prefix: str
    """Of the keys of its frames: frames of both sockets may have the same `t`."""
    address: str
    title: str
    description: str
    hears: tuple[type[Struct], ...]
    says: tuple[type[Struct], ...]
    parameters: dict[str, str] = {}

    def key(self, side: Literal["client", "server"], kind: type[Struct]) -> str:
        """Name a frame in the document: `client.chat.send`, `server.me.unread`."""
        return f"{side}.{self.prefix}{tag(kind)}"


def tag(kind: type[Struct]) -> str:
    """Give the `t` of a frame."""
    return str(kind.__struct_config__.tag)


PARTY = Channel(
    name="party",
    prefix="",
    address="/ws/parties/{party_id}",
    title="A party",
    description="Everything of one party: its control, its chat, its queue, and who is there.",
    hears=(*protocol.FRAMES, *CLIENT_COMMANDS),
    says=outgoing.PARTY,
    parameters={"party_id": "The party's id, or its code of eight characters."},
)
ME = Channel(
    name="me",
    prefix="me.",
    address="/ws/me",
    title="Your own socket",
    description="What one person is told, whatever party they are in. A guest has none.",
    hears=(protocol.Hello, protocol.Clock, protocol.Ping, protocol.Pong),
    says=outgoing.PERSONAL,
)
