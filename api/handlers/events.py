from api.ask import Ask, Nothing
from api.schemas.events import EventBatch, EventOutcomes
from store.documents import User


async def create(ask: Ask[EventBatch, Nothing, User]) -> EventOutcomes:
    outcomes = await ask.services.telemetry.record(ask.subject, ask.body.events, ask.body.sent_at_ms)
    counted = [outcome.outcome for outcome in outcomes]
    return EventOutcomes(
        accepted=counted.count("accepted"),
        duplicates=counted.count("duplicate"),
        refused=counted.count("refused"),
        events=outcomes,
    )
