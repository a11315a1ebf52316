"""What bots do before they meet: sign up or in, upload a film, open a party. All through REST, all repeatable."""

import asyncio
import hashlib
import hmac
from pathlib import Path
from typing import Any

import msgspec

from matinee.simulate.rest import Refused, Rest
from matinee.simulate.scenario import Bot

LOG_PAGE = 500
TOKEN_LEFT_MS = 60_000


class Account(msgspec.Struct):
    """One bot. `sign_in` gives it a token that is good until `expires_ms`."""

    email: str
    username: str
    display_name: str
    password: str
    user_id: str = ""
    token: str = ""
    expires_ms: float = 0.0


class Video(msgspec.Struct, frozen=True):
    id: str
    duration_ms: int


class Party(msgspec.Struct, frozen=True):
    id: str
    code: str


def account_of(bot: Bot, secret: str) -> Account:
    """Give a bot its account."""
    return Account(
        email=bot.email,
        username=bot.username,
        display_name=bot.display_name,
        password=bot_password(bot.email, secret),
    )


def bot_password(email: str, secret: str) -> str:
    """Derive a bot's password from the installation's secret, so that nobody else can sign in as a bot."""
    return hmac.new(secret.encode(), f"simulate {email}".encode(), hashlib.sha256).hexdigest()[:32]


async def sign_up_or_in(rest: Rest, account: Account, now_ms: float) -> None:
    """Register the account, unless it is there already, and sign in."""
    body = {
        "email": account.email,
        "username": account.username,
        "password": account.password,
        "password_confirm": account.password,
        "display_name": account.display_name,
    }
    try:
        await rest.call("POST", "/auth/register", body)
    except Refused as refused:
        if refused.code != "taken":
            raise
    await sign_in(rest, account, now_ms)


async def sign_in(rest: Rest, account: Account, now_ms: float) -> None:
    session = await rest.call("POST", "/auth/login", {"email": account.email, "password": account.password})
    account.token = session["access_token"]
    account.expires_ms = now_ms + session["expires_in"] * 1000
    account.user_id = session["user"]["id"]


async def fresh_token(rest: Rest, account: Account, now_ms: float) -> str:
    """Give a token with at least a minute left, signing in again where there is none."""
    if account.expires_ms < now_ms + TOKEN_LEFT_MS:
        await sign_in(rest, account, now_ms)
    return account.token


async def film(rest: Rest, account: Account, title: str, file: Path) -> Video:
    """Find the account's ready video of this title; upload `file` where there is none."""
    mine = await rest.call("GET", f"/videos?uploader_id={account.user_id}&limit=100", token=account.token)
    for video in mine["items"]:
        if video["title"] == title and video["status"] == "ready":
            return Video(id=video["id"], duration_ms=video["duration_ms"])
    announced = {"title": title, "source": "upload", "visibility": "public"}
    video = await rest.call("POST", "/videos", announced, token=account.token)
    content = await asyncio.to_thread(file.read_bytes)
    ready = await rest.upload(f"/videos/{video['id']}/content", content, token=account.token)
    return Video(id=ready["id"], duration_ms=ready["duration_ms"])


async def open_party(rest: Rest, host: Account, *, title: str, video: Video, visibility: str, key: str) -> Party:
    """Create a party; `key` keeps a repeated request from creating two."""
    body = {"title": title, "video_id": video.id, "visibility": visibility}
    party = await rest.call("POST", "/parties", body, token=host.token, key=key)
    return Party(id=party["id"], code=party["code"])


async def whole_log(rest: Rest, party: Party, token: str) -> list[dict[str, Any]]:
    """Read a party's log from its first event to its last."""
    log: list[dict[str, Any]] = []
    after: str | None = "0"
    while after is not None:
        page = await rest.call("GET", f"/parties/{party.id}/log?after={after}&limit={LOG_PAGE}", token=token)
        log += page["items"]
        after = page["next"]
    return log
