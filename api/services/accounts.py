"""Accounts: registration, the check of e-mail and password, the profile."""

from msgspec import structs

from api.problems import Fault, Problem, invalid
from api.schemas.auth import Registration, SignIn
from api.schemas.users import UserChanges, given
from api.services.analytics import note
from api.services.names import skeleton
from api.services.passwords import PasswordRules, Passwords
from api.services.sessions import shut_out
from api.services.text import clean_name, clean_text
from api.services.time_zones import checked_zone
from conf.clock import Clock, utc
from store.database import Store
from store.documents import User
from store.errors import AlreadyExists
from store.ids import new_id


class Accounts:
    def __init__(self, *, store: Store, passwords: Passwords, rules: PasswordRules, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._rules = rules
        self._clock = clock

    async def register(self, asked: Registration) -> User:
        """Make an account with its profile.

        Raises `Problem`: `invalid` for a weak password or one that its repetition differs from, `taken` with the
        field for an e-mail or username in use.
        """
        name = asked.email.partition("@")[0]
        self._rules.check(asked.password, path="$.password", about=(asked.username, name))
        if asked.password != asked.password_confirm:
            raise invalid("$.password_confirm", "The two passwords differ.")
        email = asked.email.strip()
        now_ms = self._clock.now_ms()
        user = User(
            id=new_id(now_ms),
            email=email,
            email_key=email.casefold(),
            username=asked.username,
            username_key=asked.username.casefold(),
            skeleton=skeleton(asked.username),
            display_name=clean_name(asked.display_name or asked.username, "$.display_name"),
            password_hash=await self._passwords.hash(asked.password),
            created_at=utc(now_ms),
        )
        try:
            await self._store.users.add(user)
        except AlreadyExists as error:
            raise _taken(error.field) from error
        await note(self._store, self._clock, "account.registered", user_id=user.id)
        return user

    async def sign_in(self, asked: SignIn) -> User:
        """Find who has this e-mail and password.

        Raises `Problem`: `bad_credentials`, alike in words and time for an unknown e-mail and a wrong password;
        `suspended`, after the right password only.
        """
        with self._passwords.place():
            user = await self._store.users.by_email(asked.email.strip())
            right = await self._passwords.matches_in_place(user.password_hash if user else None, asked.password)
        if not right or user is None:
            raise Problem("bad_credentials")
        if user.shut_out(utc(self._clock.now_ms())):
            raise shut_out(user)
        if self._passwords.needs_rehash(user.password_hash):
            user = await self._rehashed(user, asked.password)
        await note(self._store, self._clock, "account.logged_in", user_id=user.id)
        return user

    async def _rehashed(self, user: User, password: str) -> User:
        """Hash a password that was found right with the parameters of today."""
        stronger = await self._passwords.hash(password)
        await self._store.users.set_password_hash(user.id, stronger, instead_of=user.password_hash)
        return structs.replace(user, password_hash=stronger)

    async def change_profile(self, user: User, changes: UserChanges) -> User:
        """Change what was given. Raises `Problem("invalid")` for a name, text or time zone that will not do."""
        asked = dict(given(changes))
        if not asked:
            return user
        name = asked.pop("display_name", None)
        if "bio" in asked:
            asked["bio"] = clean_text(asked["bio"], "$.bio")
        if "time_zone" in asked:
            asked["time_zone"] = checked_zone(asked["time_zone"], "$.time_zone")
        display_name = None if name is None else clean_name(name, "$.display_name")
        changed = await self._store.users.set_profile(user.id, asked, display_name=display_name)
        if changed is None:
            raise Problem("unauthenticated")
        return changed


def _taken(field: str) -> Problem:
    """Name the field. For an e-mail too: registration answers with the created user, so it cannot hide that it did not."""
    if field == "skeleton":
        field, message = "username", "This username looks like one that is already taken."
    else:
        word = {"email": "e-mail address", "username": "username"}.get(field, field)
        message = f"This {word} is already taken."
    return Problem("taken", message, errors=[Fault(f"$.{field}", message)])
