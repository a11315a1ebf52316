"""Sessions as signed strings: the server keeps none, and knows its people again after a restart."""

import hashlib
import hmac

from msgspec import Struct


class SessionId(Struct, frozen=True, kw_only=True):
    """Whose session it is. Commands are known by `<session_id>:<their id>`."""

    session_id: str
    user_id: str | None = None
    guest_id: str | None = None


class Sessions:
    """Writes and reads sessions under one key (32 random bytes that all nodes share)."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"matinee.session.v1" + key).digest()

    def write(self, session: SessionId) -> str:
        text = f"{session.session_id}.{session.user_id or ''}.{session.guest_id or ''}"
        return f"{text}.{self._signature(text)}"

    def read(self, text: str) -> SessionId | None:
        """Read what `write` wrote with the same key; None for anything else."""
        signed, _, signature = text.rpartition(".")
        try:
            good = hmac.compare_digest(signature.encode(), self._signature(signed).encode())
        except UnicodeEncodeError:
            return None
        parts = signed.split(".")
        if not good or len(parts) != 3:  # noqa: PLR2004 - session, user, guest
            return None
        session_id, user_id, guest_id = parts
        return SessionId(session_id=session_id, user_id=user_id or None, guest_id=guest_id or None)

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
