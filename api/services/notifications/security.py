"""What somebody must know about their own account, whatever they chose to be told."""

from api.services.notifications.notifier import Note, Notifier
from conf import logs
from conf.clock import Clock
from store.database import Store
from store.documents import RefreshToken, User
from store.errors import StoreError
from store.ids import new_id


class SecurityNotes:
    """Tells of sign-ins from unknown devices, new passwords and stolen sessions.

    None of it holds up or fails what it tells about: that has happened.
    """

    def __init__(self, *, store: Store, notifier: Notifier, clock: Clock) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock

    async def signed_in(self, user: User, session: str, device: str) -> None:
        """Tell of a session whose client calls itself as none of the user's sessions of the last weeks did.

        What a client calls itself is no proof, but a thief would have to know it. The first session of an account is
        its owner's.
        """
        try:
            known = await self._store.refresh_tokens.devices_of(user.id, but=session)
        except StoreError as error:
            logs.get("api.security").error("nobody was told of a sign-in", user_id=user.id, error=str(error))
            return
        if known and device not in known:
            fields = {"event": "new_sign_in", **({"device": device} if device else {})}
            await self._tell(user.id, f"security:new_sign_in:{session}", fields)

    async def password_changed(self, user: User) -> None:
        change = new_id(self._clock.now_ms())
        await self._tell(user.id, f"security:password_changed:{change}", {"event": "password_changed"})

    async def session_stolen(self, token: RefreshToken) -> None:
        """Tell that a refresh token came back after its use, once a session."""
        await self._tell(token.user_id, f"security:session_stolen:{token.family}", {"event": "session_stolen"})

    async def _tell(self, user_id: str, key: str, fields: dict[str, str]) -> None:
        try:
            await self._notifier.tell(Note(user_id=user_id, kind="security", key=key, fields=fields))
        except StoreError as error:
            logs.get("api.security").error(
                "a security notice was not stored", user_id=user_id, event_key=key, error=str(error)
            )
