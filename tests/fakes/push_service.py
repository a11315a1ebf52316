"""A push service and a browser in one: it takes what a server sends over real HTTP, and reads it as the browser would."""

import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from api.services.notifications.push.encryption import decoded, encoded


class Browser:
    """One subscription: its keys never leave it."""

    def __init__(self, service: "PushService", name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = os.urandom(16)
        self.endpoint = f"{service.url}/push/{name}"
        self.answers: list[int] = []
        """Statuses of the next answers; 201 when none is left."""
        self.headers: list[dict[str, str]] = []
        self.got: list[dict[str, Any]] = []

    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` gives."""
        keys = {"p256dh": encoded(self._public), "auth": encoded(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt a message by RFC 8291, section 3.4, read the other way round."""
        salt, size, length = body[:16], *struct.unpack("!LB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), point)
        secret = _derive(shared, self._auth, b"WebPush: info\x00" + self._public + sender, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        assert padded.rstrip(b"\x00").endswith(b"\x02")
        found: dict[str, Any] = json.loads(padded.rstrip(b"\x00")[:-1])
        return found


class PushService:
    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        sockets = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        self._server = HTTPServer(Application([(r"/push/(\w+)", _Endpoint, {"service": self})], log_function=_silent))
        self._server.add_sockets(sockets)

    def browser(self, name: str) -> Browser:
        self.browsers[name] = Browser(self, name)
        return self.browsers[name]

    async def close(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()


class _Endpoint(RequestHandler):
    def initialize(self, service: PushService) -> None:
        self._service = service

    def post(self, name: str) -> None:
        browser = self._service.browsers[name]
        browser.headers.append(dict(self.request.headers.get_all()))
        status = browser.answers.pop(0) if browser.answers else 201
        self.set_status(status)
        if status == 429:
            self.set_header("Retry-After", "77")
        if status == 201:
            browser.got.append(browser.read(self.request.body))


def vapid_claims(authorization: str) -> tuple[dict[str, Any], str]:
    """Check the signature of `vapid t=…, k=…` with the key that it names; return its claims and that key."""
    token, key = (part.partition("=")[2] for part in authorization.removeprefix("vapid ").split(", "))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    return jwt.decode(token, ECKey.import_key(public), algorithms=["ES256"]).claims, key


def _derive(material: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=size, salt=salt, info=info).derive(material)


def _silent(_handler: RequestHandler) -> None: ...
