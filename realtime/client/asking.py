"""Every command of a party as a method with its types; each returns once it is durable."""

from abc import ABC, abstractmethod
from typing import Any, Literal

from msgspec import Struct

from realtime.client.link import Frame
from realtime.party.state import Permission, Role, Visibility

COMMAND_SECONDS = 60.0


class Accepted(Struct, frozen=True):
    """A command that is durable: the party's seq then."""

    seq: int
    command_id: str


class Asking(ABC):
    """The commands of `PartyClient`, which sends them. All of them raise what `command` raises."""

    @abstractmethod
    async def command(self, t: str, *, timeout_s: float = COMMAND_SECONDS, **fields: Any) -> Accepted:
        """Send a command by its name on the wire."""

    @abstractmethod
    def tell(self, t: str, **fields: Any) -> None:
        """Say what is fleeting and needs no answer."""

    async def play(self, position_ms: float | None = None) -> Accepted:
        """Let the video run, from where it stands or from a position."""
        return await self.command("play", **given(position_ms=position_ms))

    async def pause(self, position_ms: float | None = None) -> Accepted:
        return await self.command("pause", **given(position_ms=position_ms))

    async def seek(self, position_ms: float) -> Accepted:
        return await self.command("seek", position_ms=position_ms)

    async def rate(self, rate: float) -> Accepted:
        """Play at 0.25 to 4 times the speed."""
        return await self.command("rate", rate=rate)

    async def add_to_queue(self, video_id: str) -> Accepted:
        return await self.command("queue.add", video_id=video_id)

    async def remove_from_queue(self, item_id: str) -> Accepted:
        """Take out an item: one of `party.queue`."""
        return await self.command("queue.remove", item_id=item_id)

    async def move_in_queue(self, item_id: str, to: int) -> Accepted:
        """Put an item at another place, counted from 0."""
        return await self.command("queue.move", item_id=item_id, to=to)

    async def play_from_queue(self, item_id: str) -> Accepted:
        """Show an item now."""
        return await self.command("queue.play", item_id=item_id)

    async def clear_queue(self) -> Accepted:
        return await self.command("queue.clear")

    async def vote_in_queue(self, item_id: str, *, up: bool = True) -> Accepted:
        """Be for an item, or with `up` false no longer."""
        return await self.command("queue.vote", item_id=item_id, up=up)

    async def skip(self) -> Accepted:
        """Go to the next video."""
        return await self.command("skip")

    async def vote_to_skip(self) -> Accepted:
        return await self.command("skip.vote")

    async def say(self, body: str, reply_to: str | None = None) -> Accepted:
        """Write a message, or with `reply_to` an answer to one; `@name` mentions a member."""
        return await self.command("chat.send", body=body, **given(reply_to=reply_to))

    async def edit_message(self, message_id: str, body: str) -> Accepted:
        """Change a message of one's own."""
        return await self.command("chat.edit", message_id=message_id, body=body)

    async def delete_message(self, message_id: str, reason: str | None = None) -> Accepted:
        return await self.command("chat.delete", message_id=message_id, **given(reason=reason))

    async def react_to_message(self, message_id: str, emoji: str) -> Accepted:
        """React with one emoji or `:name:`; the same again takes it back."""
        return await self.command("chat.react", message_id=message_id, emoji=emoji)

    def react(self, emoji: str) -> None:
        """Throw an emoji over the video; nobody answers that."""
        self.tell("react", emoji=emoji)

    def typing(self) -> None:
        """Show the others that one writes; nobody answers that."""
        self.tell("typing")

    async def open_poll(self, question: str, options: list[str], *, multiple: bool = False) -> Accepted:
        return await self.command("poll.open", question=question, options=options, multiple=multiple)

    async def vote(self, option: int) -> Accepted:
        """Choose an option of the open poll by its place; again takes it back."""
        return await self.command("poll.vote", option=option)

    async def close_poll(self) -> Accepted:
        return await self.command("poll.close")

    async def ready(self, *, ready: bool = True) -> Accepted:
        """Say that the player can go on, or cannot. A client with a player reports that by itself."""
        return await self.command("ready", ready=ready)

    async def set_role(self, member_id: str, role: Literal["cohost", "moderator", "member"]) -> Accepted:
        return await self.command("member.role", member_id=member_id, role=role)

    async def kick(self, member_id: str, minutes: int | None = None, reason: str | None = None) -> Accepted:
        """Show somebody out; without `minutes` they may come back at once."""
        return await self.command("member.kick", member_id=member_id, **given(minutes=minutes, reason=reason))

    async def ban(self, member_id: str, minutes: int | None = None, reason: str | None = None) -> Accepted:
        """Keep somebody out; without `minutes` for ever."""
        return await self.command("member.ban", member_id=member_id, **given(minutes=minutes, reason=reason))

    async def mute(self, member_id: str, minutes: int | None = None, reason: str | None = None) -> Accepted:
        return await self.command("member.mute", member_id=member_id, **given(minutes=minutes, reason=reason))

    async def unmute(self, member_id: str, reason: str | None = None) -> Accepted:
        return await self.command("member.unmute", member_id=member_id, **given(reason=reason))

    async def transfer_host(self, member_id: str) -> Accepted:
        """Make a member host; one becomes cohost oneself."""
        return await self.command("host.transfer", member_id=member_id)

    async def change_settings(
        self,
        *,
        title: str | None = None,
        visibility: Visibility | None = None,
        control: Literal["host", "cohosts", "everyone"] | None = None,
        guests: bool | None = None,
        chat: bool | None = None,
        reactions: bool | None = None,
        slow_mode_s: int | None = None,
        max_members: int | None = None,
        wait: Literal["off", "majority", "all"] | None = None,
        approval: Literal["off", "guests", "everyone"] | None = None,
        emotes: dict[str, str] | None = None,
        permissions: dict[Permission, Role] | None = None,
    ) -> Accepted:
        """Change what is given; the rest stays as it is."""
        changes = given(
            title=title,
            visibility=visibility,
            control=control,
            guests=guests,
            chat=chat,
            reactions=reactions,
            slow_mode_s=slow_mode_s,
            max_members=max_members,
            wait=wait,
            approval=approval,
            emotes=emotes,
            permissions=permissions,
        )
        return await self.command("settings", **changes)

    async def set_password(self, password: str | None) -> Accepted:
        """Close the party with a password, or open it with None."""
        return await self.command("settings", password=password)

    async def approve(self, member_id: str) -> Accepted:
        """Let somebody in who waits outside: one of `party.knocking`."""
        return await self.command("approve", member_id=member_id)

    async def deny(self, member_id: str) -> Accepted:
        """Turn somebody away who waits outside."""
        return await self.command("deny", member_id=member_id)

    async def start(self) -> Accepted:
        """Begin the party without playing."""
        return await self.command("start")

    async def end(self) -> Accepted:
        """End the party for good; the seat is gone a second later."""
        return await self.command("end")


def given(**fields: Any) -> Frame:
    """Leave out the fields that were not given."""
    return {name: value for name, value in fields.items() if value is not None}
