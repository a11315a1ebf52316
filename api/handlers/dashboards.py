from api.ask import Ask, Nothing, Reply
from api.schemas.dashboards import DashboardView, DefinitionView, DictionaryView, RangeQuery
from store.documents import Party, User
from store.metric_definitions import DEFINITIONS

REVALIDATE = {"Cache-Control": "private, no-cache"}


async def party(ask: Ask[Nothing, RangeQuery, Party]) -> Reply[DashboardView]:
    return Reply(body=await ask.services.dashboards.party(ask.subject, ask.query), headers=REVALIDATE)


async def personal(ask: Ask[Nothing, RangeQuery, User]) -> Reply[DashboardView]:
    return Reply(body=await ask.services.dashboards.personal(ask.subject, ask.query), headers=REVALIDATE)


async def dictionary(ask: Ask[Nothing, Nothing, None]) -> Reply[DictionaryView]:  # noqa: ARG001 - the same for everybody
    items = [
        DefinitionView(
            name=definition.name,
            title=definition.title,
            unit=definition.unit,
            formula=definition.formula,
            minimum_n=definition.minimum_n,
            version=definition.version,
        )
        for definition in DEFINITIONS.values()
    ]
    return Reply(body=DictionaryView(items=items), headers={"Cache-Control": "public, max-age=300"})
