from api.ask import Ask, Nothing, Reply
from api.schemas.health import Alive, Document, ReadyView, VersionView
from realtime.protocol import SUBPROTOCOL


async def healthz(ask: Ask[Nothing, Nothing, None]) -> Alive:  # noqa: ARG001 - alive is whoever answers
    return Alive()


async def readyz(ask: Ask[Nothing, Nothing, None]) -> Reply[ReadyView]:
    view = await ask.services.health.ready()
    return Reply(body=view, status=200 if view.status == "ready" else 503)


async def version(ask: Ask[Nothing, Nothing, None]) -> VersionView:
    return VersionView(name="matinee", version=ask.services.version, protocol=SUBPROTOCOL)


async def openapi(ask: Ask[Nothing, Nothing, None]) -> Reply[Document]:
    return Reply(body=ask.services.openapi, headers={"Cache-Control": "public, max-age=300"})


async def asyncapi(ask: Ask[Nothing, Nothing, None]) -> Reply[Document]:
    return Reply(body=ask.services.asyncapi, headers={"Cache-Control": "public, max-age=300"})
