"""One secret, many keys: each purpose signs with a key of its own, so that no signature is good for another purpose."""

import hashlib
import hmac
from collections.abc import Sequence


class Keys:
    """Keys derived from the installation's secret keys: the newest signs, all of them verify."""

    def __init__(self, *, secret_keys: Sequence[str]) -> None:
        self._secrets = [key.encode() for key in secret_keys]

    def newest(self, purpose: str) -> bytes:
        return _derive(self._secrets[0], purpose)

    def all(self, purpose: str) -> list[bytes]:
        return [_derive(secret, purpose) for secret in self._secrets]


def _derive(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"matinee " + purpose.encode(), hashlib.sha256)
