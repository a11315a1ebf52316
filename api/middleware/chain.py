"""Runs the hooks of the middlewares that are switched on, in their order."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from api.ask import Ask
from api.middleware.port import Call, Exchange, Line, Middleware, Outgoing, Result


class Chain:
    """Made once; a hook that a middleware has not written is not called."""

    def __init__(self, middlewares: Sequence[Middleware]) -> None:
        self.names = tuple(middleware.name for middleware in middlewares)
        self._begin = [each.begin for each in _with("begin", middlewares)]
        self._lines = [each.lines for each in _with("lines", middlewares)]
        self._arrived = [each.arrived for each in _with("arrived", middlewares)]
        self._admitted = [each.admitted for each in _with("admitted", middlewares)]
        self._around = [each.around for each in reversed(_with("around", middlewares))]
        self._leaving = [each.leaving for each in _with("leaving", middlewares)]

    def begin(self, exchange: Exchange) -> None:
        for hook in self._begin:
            hook(exchange)

    def lines(self, exchange: Exchange) -> list[Line]:
        return [line for hook in self._lines for line in hook(exchange)]

    async def arrived(self, exchange: Exchange) -> None:
        for hook in self._arrived:
            await hook(exchange)

    async def admitted(self, exchange: Exchange) -> None:
        for hook in self._admitted:
            await hook(exchange)

    async def around(self, exchange: Exchange, ask: Ask[Any, Any, Any], call: Call) -> Result:
        for hook in self._around:
            call = partial(hook, exchange, ask, call)
        return await call()

    def leaving(self, exchange: Exchange, outgoing: Outgoing) -> None:
        for hook in self._leaving:
            hook(exchange, outgoing)


def _with(hook: str, middlewares: Sequence[Middleware]) -> list[Middleware]:
    return [each for each in middlewares if getattr(type(each), hook) is not getattr(Middleware, hook)]
