"""What an app must know of this server before anybody signs in."""

import hashlib

import msgspec

from api.route import JSON_BODY_LIMIT
from api.schemas.mobile import FeaturesView, HeartbeatView, LimitsView, MobileConfig
from api.services.mobile.devices import MOST
from api.services.switches import Switches
from conf.clock import Clock, utc
from conf.settings import Settings
from realtime.protocol import HEARTBEAT_MS, MAX_FRAME_BYTES, SUBPROTOCOL
from realtime.session import HELLO_MS, SILENCE_MS

LIMITS = {"page_items": 100, "sync_items": 500, "title_characters": 200, "message_characters": 2000}
"""Those of the schemas, for people who type; a test compares them with the OpenAPI document."""


class Figures:
    def __init__(self, *, settings: Settings, switches: Switches, clock: Clock, version: str, web_push: bool) -> None:
        self._settings = settings
        self._switches = switches
        self._clock = clock
        self._version = version
        self._web_push = web_push

    def now(self) -> tuple[MobileConfig, str]:
        """Return the figures, and the ETag of all of them but the time."""
        switched = self._switches.current()
        config = MobileConfig(
            server_version=self._version,
            min_app_version=self._settings.mobile_min_app_version,
            websocket_protocol=SUBPROTOCOL,
            features=FeaturesView(
                registration=switched.registration_open,
                maintenance=switched.maintenance,
                google_sign_in=bool(self._settings.google_client_id),
                web_push=self._web_push,
            ),
            limits=LimitsView(
                upload_bytes=self._settings.upload_max_bytes,
                frame_bytes=min(MAX_FRAME_BYTES, JSON_BODY_LIMIT),
                devices=MOST,
                **LIMITS,
            ),
            heartbeat=HeartbeatView(interval_ms=HEARTBEAT_MS, silence_ms=SILENCE_MS, hello_ms=HELLO_MS),
            access_token_s=self._settings.access_token_seconds,
            server_time=utc(self._clock.now_ms()),
        )
        lasting = msgspec.structs.replace(config, server_time=utc(0))
        return config, f'"{hashlib.sha256(msgspec.json.encode(lasting)).hexdigest()[:16]}"'
