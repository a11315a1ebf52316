from typing import TypeVar

from msgspec import structs

from api.ask import Ask, Nothing
from api.schemas.search import (
    FoundParty,
    FoundUser,
    FoundVideo,
    SearchPage,
    SearchQuery,
    Suggestion,
    Suggestions,
    SuggestQuery,
)
from api.services.search import SUGGESTIONS, AnyHit
from store.documents import PartyHit, UserHit

F = TypeVar("F", FoundVideo, FoundParty, FoundUser)


async def index(ask: Ask[Nothing, SearchQuery, None]) -> SearchPage:
    asked = ask.query
    found = await ask.services.search.page(
        ask.caller, asked.q, asked.kind.split(","), limit=asked.limit, cursor=asked.cursor
    )
    return SearchPage(items=[_shown(hit) for hit in found.hits], next=found.next)


async def suggest(ask: Ask[Nothing, SuggestQuery, None]) -> Suggestions:
    found = await ask.services.search.page(ask.caller, ask.query.q, ask.query.kind.split(","), limit=SUGGESTIONS)
    return Suggestions(items=[_suggested(hit) for hit in found.hits])


def _shown(hit: AnyHit) -> FoundVideo | FoundParty | FoundUser:
    match hit:
        case UserHit():
            return _as(hit, FoundUser)
        case PartyHit():
            return _as(hit, FoundParty)
        case _:
            return _as(hit, FoundVideo)


def _suggested(hit: AnyHit) -> Suggestion:
    match hit:
        case UserHit():
            return Suggestion(kind="user", id=hit.id, text=hit.display_name, username=hit.username)
        case PartyHit():
            return Suggestion(kind="party", id=hit.id, text=hit.title, code=hit.code)
        case _:
            return Suggestion(kind="video", id=hit.id, text=hit.title)


def _as(hit: AnyHit, kind: type[F]) -> F:
    facts = structs.asdict(hit)
    return kind(**{name: facts[name] for name in kind.__struct_fields__})
