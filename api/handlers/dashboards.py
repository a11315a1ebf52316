from api.ask import Ask, Nothing, Reply, StreamReply
from api.schemas.dashboards import (
    AdvancedView,
    DefinitionView,
    DictionaryView,
    ExportQuery,
    LiveView,
    MetricQuery,
    PartyView,
    PersonalView,
    QueryView,
    RangeQuery,
    VideoDashboardView,
)
from api.services.dashboards.live import live_definitions
from store.documents import Party, User, Video
from store.metric_definitions import DEFINITIONS

REVALIDATE = {"Cache-Control": "private, no-cache"}


async def personal(ask: Ask[Nothing, RangeQuery, User]) -> Reply[PersonalView]:
    return Reply(body=await ask.services.dashboards.personal.show(ask.subject, ask.query), headers=REVALIDATE)


async def party(ask: Ask[Nothing, RangeQuery, Party]) -> Reply[PartyView]:
    view = await ask.services.dashboards.parties.show(ask.subject, ask.caller, ask.query)
    return Reply(body=view, headers=REVALIDATE)


async def video(ask: Ask[Nothing, RangeQuery, Video]) -> Reply[VideoDashboardView]:
    return Reply(body=await ask.services.dashboards.videos.show(ask.subject, ask.query), headers=REVALIDATE)


async def advanced(ask: Ask[Nothing, RangeQuery, User]) -> Reply[AdvancedView]:
    return Reply(body=await ask.services.dashboards.advanced.show(ask.query), headers=REVALIDATE)


async def live(ask: Ask[Nothing, Nothing, User]) -> Reply[LiveView]:
    return Reply(body=await ask.services.dashboards.live.show(), headers={"Cache-Control": "no-store"})


async def query(ask: Ask[Nothing, MetricQuery, User]) -> Reply[QueryView]:
    return Reply(body=await ask.services.dashboards.questions.answer(ask.query), headers=REVALIDATE)


async def export_personal(ask: Ask[Nothing, ExportQuery, User]) -> StreamReply:
    return await ask.services.dashboards.exports.personal(ask.subject, ask.query)


async def export_party(ask: Ask[Nothing, ExportQuery, Party]) -> StreamReply:
    return await ask.services.dashboards.exports.party(ask.subject, ask.caller, ask.query)


async def export_video(ask: Ask[Nothing, ExportQuery, Video]) -> StreamReply:
    return await ask.services.dashboards.exports.video(ask.subject, ask.query)


async def export_advanced(ask: Ask[Nothing, ExportQuery, User]) -> StreamReply:
    return await ask.services.dashboards.exports.advanced(ask.query)


async def dictionary(ask: Ask[Nothing, Nothing, None]) -> Reply[DictionaryView]:  # noqa: ARG001 - the same for everybody
    items = [
        DefinitionView(
            name=definition.name,
            title=definition.title,
            unit=definition.unit,
            formula=definition.formula,
            n=definition.n_of,
            minimum_n=definition.minimum_n,
            over_range=definition.merge,
            approximate=definition.approximate,
            dashboards=list(definition.dashboards),
            version=definition.version,
        )
        for definition in DEFINITIONS.values()
    ]
    return Reply(
        body=DictionaryView(items=[*items, *live_definitions()]), headers={"Cache-Control": "public, max-age=300"}
    )
