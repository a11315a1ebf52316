"""The way of every request into its endpoint: past a fresh sign-in and the audit log, where the route asks for them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from api.ask import Ask
from api.route import Route


async def answer(route: Route, ask: Ask[Any, Any, Any]) -> Any:
    """Call the endpoint. An action of staff that the audit log cannot take is not done."""
    if route.fresh:
        ask.services.sessions.check_fresh(ask.caller)
    if route.audit is None:
        return await route.endpoint(ask)
    about = next(((name.removesuffix("_id"), value) for name, value in ask.path.items()), None)
    async with ask.services.audit.acting(
        ask.user, route.audit, about, dict(_details(ask)), ip=ask.ip, request_id=ask.request_id
    ):
        return await route.endpoint(ask)


def _details(ask: Ask[Any, Any, Any]) -> Iterator[tuple[str, str]]:
    """Give the fields that the request set: path, query and body, as text."""
    yield from list(ask.path.items())[1:]
    for part in (ask.query, ask.body):
        for name, value in msgspec.to_builtins(part).items():
            if value is not None:
                yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()
