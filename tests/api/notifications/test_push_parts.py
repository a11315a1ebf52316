"""The parts of web push: the encryption, the signature, and the addresses that may be called."""

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop

from api.services.notifications.push.encryption import BadKey, decoded, encoded, encrypt
from api.services.notifications.push.vapid import BadVapidKey, Vapid
from api.services.public_addresses import NotPublic, is_public, public_client
from tests.fakes.clock import ManualClock
from tests.fakes.push_service import PushService, vapid_claims

# RFC 8291, section 5 and appendix A.
WORDS = b"When I grow up, I want to be a watermelon"
RFC = {
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "ours": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "theirs": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(text), "big"), ec.SECP256R1())


def test_the_example_of_the_rfc_comes_out_to_the_byte() -> None:
    body = encrypt(WORDS, p256dh=RFC["p256dh"], auth=RFC["auth"], salt=decoded(RFC["salt"]), ours=private(RFC["ours"]))
    assert encoded(body) == RFC["body"]


def test_another_implementation_reads_what_we_write() -> None:
    body = encrypt(WORDS, p256dh=RFC["p256dh"], auth=RFC["auth"])
    assert body[:16] != decoded(RFC["salt"])
    read = http_ece.decrypt(body, private_key=private(RFC["theirs"]), auth_secret=decoded(RFC["auth"]))
    assert read == WORDS


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", "aaaa"), (RFC["p256dh"][:-2] + "AA", RFC["auth"]), (RFC["p256dh"], "aa"), ("!", "!")]
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(BadKey):
        encrypt(WORDS, p256dh=p256dh, auth=auth)


@pytest.mark.parametrize("key", ["short", "A" * 43, "_" * 43, "!" * 43])
def test_a_key_of_ours_that_is_none_stops_the_start(key: str) -> None:
    with pytest.raises(BadVapidKey):
        Vapid(private_key=key, subject="mailto:a@example.com", clock=ManualClock())


def test_a_token_is_for_one_push_service_and_renewed_in_time() -> None:
    clock = ManualClock()
    vapid = Vapid(private_key=RFC["ours"], subject="mailto:a@example.com", clock=clock)
    first = vapid.authorization("https://push.example.com/a?b")
    claims, key = vapid_claims(first)
    assert (claims["aud"], claims["sub"], key) == ("https://push.example.com", "mailto:a@example.com", vapid.public_key)
    assert claims["exp"] == clock.now_ms() // 1000 + 12 * 3600
    assert vapid.authorization("https://push.example.com/b") == first
    assert vapid.authorization("https://other.example.com/a") != first
    clock._now_ms += 11.5 * 3600 * 1000
    assert vapid.authorization("https://push.example.com/a") != first


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "fe80::1",
        "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "localhost", "",
    ],
)  # fmt: skip
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::6810:84e5", "64:ff9b::5db8:d822"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.gen_test
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433"])
async def test_no_request_is_led_into_our_own_network(host: str, io_loop: IOLoop) -> None:
    service = PushService()
    port = service.url.rpartition(":")[2]
    client = public_client()
    with pytest.raises(NotPublic):
        await client.fetch(HTTPRequest(f"http://{host}:{port}/push/a", method="POST", body=b""))
    client.close()
    await service.close()
