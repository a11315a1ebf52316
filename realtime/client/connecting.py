"""`connect`: the way to a seat in a party."""

import inspect
import random
from collections.abc import Awaitable, Callable
from typing import Any

from conf.clock import Clock
from realtime.client.asking import given
from realtime.client.link import Frame
from realtime.client.party import PartyClient
from realtime.client.player import Player

ENTER_SECONDS = 30.0
DEFAULT_CLIENT = {"name": "python", "version": "1", "device": "bot"}

Token = str | Callable[[], str | Awaitable[str]]


async def connect(
    url: str,
    party: str,
    *,
    clock: Clock,
    token: Token | None = None,
    guest: str | None = None,
    password: str | None = None,
    invite: str | None = None,
    player: Player | None = None,
    client: dict[str, str] | None = None,
    timeout_s: float | None = ENTER_SECONDS,
    chance: Callable[[], float] = random.random,
    waits: Callable[[dict[str, Any]], object] = lambda _me: None,
) -> PartyClient:
    """Take a seat in `party` (its id or its code) at the server `url` (http, https, ws or wss).

    `token` is an access token, or a function (async or not) that gives a fresh one each time a line is opened. A server
    that is away is tried again until `timeout_s`, and so long we wait to be let in; `waits` is called with who we are then,
    when somebody has to do that. Raises `ConnectionEnded` where the server says no, TimeoutError.
    """
    if (token is None) == (guest is None):
        raise ValueError("give a token or a guest's name")

    async def hello() -> Frame:
        who = {"guest": guest} if token is None else {"token": await _fresh(token)}
        return {**who, **given(password=password, invite=invite), "client": client or DEFAULT_CLIENT}

    entering = PartyClient(
        url=_address(url, party), hello=hello, clock=clock, player=player, chance=chance, waits=waits
    )
    try:
        await entering.enter(timeout_s)
    except BaseException:
        await entering.close()
        raise
    return entering


def _address(url: str, party: str) -> str:
    scheme, _, rest = url.rstrip("/").partition("://")
    return f"{'wss' if scheme in ('https', 'wss') else 'ws'}://{rest}/ws/parties/{party}"


async def _fresh(token: Token) -> str:
    fresh = token() if callable(token) else token
    return await fresh if inspect.isawaitable(fresh) else fresh
