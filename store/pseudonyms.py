"""Pseudonyms of people: what stands in the lake and in the aggregates in the place of an id.

Theory. A pseudonym is the start of the HMAC-SHA256 of an id under the installation's `lake_key`. Without the key nobody
can tell whose it is, not even by trying all the ids that there are; with it, whoever knows an id finds what is counted
under it. The same id always has the same one, so that people can be counted and joined. Who destroys the key has made
all of the lake anonymous.
"""

import hashlib

DIGITS = 32
SHORTEST_KEY = 32
NAMED_SESSION = "rest-"
"""A session id that begins so holds the id of a user; other session ids say nothing."""
_BLOCK = 64
"""Bytes that SHA-256 takes at a time (RFC 2104)."""


def pseudonym(key: str, person_id: str) -> str:
    """Give the pseudonym of a user's or guest's id. Raises ValueError for a key that is too short to be one."""
    return Pseudonyms(key).of(person_id)


class Pseudonyms:
    """Remembers those that were asked for: in a batch of events the same few people come again and again.

    The HMAC is put together here, with what depends on the key alone done once: a quarter of the time of `hmac.digest`.
    """

    def __init__(self, key: str) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"lake_key needs at least {SHORTEST_KEY} characters")
        secret = key.encode()
        padded = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))
        self._known: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Pseudonyms({len(self._known)} known)"

    def of(self, person_id: str) -> str:
        known = self._known.get(person_id)
        if known is None:
            inner, outer = self._inner.copy(), self._outer.copy()
            inner.update(person_id.encode())
            outer.update(inner.digest())
            known = self._known[person_id] = outer.hexdigest()[:DIGITS]
        return known

    def of_session(self, session_id: str) -> str:
        """Give what stands for a session: itself, unless it holds somebody's id."""
        return self.of(session_id) if session_id.startswith(NAMED_SESSION) else session_id
