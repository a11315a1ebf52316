"""Devices with an app."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class Device(Document, kw_only=True):
    """An installed app of somebody; `id` is `<user>:<device>`."""

    user_id: str
    device_id: str
    """What the app calls itself."""
    platform: Literal["ios", "android", "web", "other"]
    name: str
    app_version: str
    push_token: str | None = None
    created_at: datetime
    seen_at: datetime
