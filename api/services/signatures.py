"""Signed addresses: a player cannot send an access token, so who may see a private video gets an address that expires."""

import hmac

from api.services.keys import Keys
from conf.clock import Clock

LIFE_MS = 6 * 3_600_000
"""Longer than a film with its pauses: players ask for ranges until the end."""


class StreamSignatures:
    def __init__(self, *, keys: Keys, clock: Clock) -> None:
        self._keys = keys.all("stream address")
        self._clock = clock

    def sign(self, video_id: str) -> str:
        """Make the query string that opens `video_id` for six hours."""
        expires = self.expires_ms()
        return f"expires={expires}&signature={_sign(self._keys[0], video_id, str(expires))}"

    def expires_ms(self) -> int:
        """When addresses signed now end: at a full hour, so that they stay the same for a while and caches can work."""
        return (int(self._clock.now_ms() + LIFE_MS) // 3_600_000 + 1) * 3_600_000

    def opens(self, video_id: str, expires: str | None, signature: str | None) -> bool:
        if not expires or not signature or not expires.isascii() or not expires.isdigit():
            return False
        if len(expires) > 15 or int(expires) <= self._clock.now_ms():  # noqa: PLR2004 - digits of milliseconds
            return False
        given = signature.encode()
        return any(hmac.compare_digest(_sign(key, video_id, expires).encode(), given) for key in self._keys)


def _sign(key: bytes, video_id: str, expires: str) -> str:
    return hmac.new(key, f"{video_id}\n{expires}".encode(), "sha256").hexdigest()
