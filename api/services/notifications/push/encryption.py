"""The encryption of a push message for one browser: RFC 8291 over the content coding aes128gcm of RFC 8188."""

import base64
import binascii
import secrets
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096
"""One record; RFC 8291, section 4. With it a push service must take 4,096 bytes, header and tag included."""
LARGEST_BYTES = RECORD_BYTES - 103
"""What is left for the words: 86 bytes of header, 16 of the tag, one that ends the padding."""
SALT_BYTES = 16
AUTH_BYTES = 16


class BadKey(ValueError):  # noqa: N818 - named for what was given
    """The browser's keys are none."""


def encrypt(
    payload: bytes,
    *,
    p256dh: str,
    auth: str,
    salt: bytes | None = None,
    ours: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt for the browser with these keys (base64url). Raises `BadKey`.

    Each message has a key pair and a salt of its own; they are given where a test wants the RFC's.
    """
    if len(payload) > LARGEST_BYTES:
        raise ValueError(f"a push holds at most {LARGEST_BYTES} bytes")
    theirs, secret = browser_key(p256dh, auth)
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(SALT_BYTES)
    sender = point(ours.public_key())
    shared = ours.exchange(ec.ECDH(), theirs)
    material = _derived(shared, salt=secret, info=b"WebPush: info\x00" + point(theirs) + sender, size=32)
    key = _derived(material, salt=salt, info=b"Content-Encoding: aes128gcm\x00", size=16)
    nonce = _derived(material, salt=salt, info=b"Content-Encoding: nonce\x00", size=12)
    header = salt + struct.pack("!LB", RECORD_BYTES, len(sender)) + sender
    return header + AESGCM(key).encrypt(nonce, payload + b"\x02", None)


def browser_key(p256dh: str, auth: str) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """Read the keys of a subscription. Raises `BadKey`."""
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(p256dh))
        secret = decoded(auth)
    except (ValueError, binascii.Error) as error:
        raise BadKey("p256dh is no point of P-256") from error
    if len(secret) != AUTH_BYTES:
        raise BadKey("auth is not 16 bytes")
    return theirs, secret


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _derived(material: bytes, *, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=size, salt=salt, info=info).derive(material)
