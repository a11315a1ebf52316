"""Who is behind a `hello`: the port that api/ implements, and what it answers with."""

from typing import Protocol

from msgspec import Struct

from realtime.protocol import Hello


class Identity(Struct, frozen=True, kw_only=True):
    """A checked credential. `user_id` None is a guest, who is known by the signed session alone."""

    user_id: str | None = None
    name: str
    expires_ms: float | None = None
    """When the credential runs out; the connection is then closed with 4031."""
    family: str | None = None
    """The login that the credential descends from, so that its revocation closes the connection."""


class BadCredential(Exception):  # noqa: N818 - named for what was given
    """No or wrong credential. `close_code` is 4501 (do not come back) or 4031 (expired: come back with a fresh one)."""

    def __init__(self, message: str, close_code: int = 4501) -> None:
        super().__init__(message)
        self.close_code = close_code


class Credentials(Protocol):
    async def identify(self, hello: Hello) -> Identity:
        """Say who a hello with `token` or `ticket` is. Raises `BadCredential`, or `store.errors.Unavailable`."""
        ...


class Doors(Protocol):
    """What opens a closed party: its password, or an invite."""

    async def opens(
        self,
        party_id: str,
        *,
        password: str | None,
        invite: str | None,
        user_id: str | None,
        guest_id: str | None = None,
    ) -> bool:
        """Say whether what was given opens the party; an invite is used up by it.

        Raises `store.errors.Unavailable`.
        """
        ...

    async def names(self, party_id: str, *, invite: str, user_id: str) -> bool:
        """Say whether an invite is good and was made for this person alone. Raises `store.errors.Unavailable`."""
        ...

    async def settle(
        self, party_id: str, *, invite: str, user_id: str | None, guest_id: str | None, entered: bool
    ) -> None:
        """Say what became of a newcomer for whom `opens` used an invite: turned away after all, it is good again."""
        ...

    async def lock(self, party_id: str, password: str | None) -> None:
        """Set or remove the party's password. Raises `store.errors.Unavailable`."""
        ...
