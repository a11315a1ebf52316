"""The dashboard of this moment, for staff: what every websocket node tells of itself every five seconds, added up."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from api.schemas.dashboards import (
    DefinitionView,
    LiveListsView,
    LivePartyView,
    LiveView,
    MetricView,
    Number,
    RangeView,
    SubjectView,
)
from api.services.dashboards.figures import DICTIONARY
from conf.clock import Clock, to_ms, utc
from store.database import Store
from store.documents import LiveBeat
from store.metrics.live import FIGURES, PLAYERS
from store.sketches import QUANTILE_ERROR, merged_histograms, quantile, samples

PARTIES = 20
MINUTE = timedelta(minutes=1)


class LiveDashboard:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self) -> LiveView:
        """Show the sum over the nodes. A node that fell silent is believed for 20 s."""
        now = utc(self._clock.now_ms())
        beats = await self._store.live.beats(now)
        parties = _parties(beats)
        titles = await asyncio.gather(*(self._title(party_id) for party_id in parties))
        return LiveView(
            subject=SubjectView(kind="platform", id="live"),
            range=RangeView(from_=now - MINUTE, to=now, tz="UTC"),
            computed_at=max((beat.at for beat in beats), default=None),
            complete_until=None,
            provisional=True,
            metrics=_metrics(beats),
            series={},
            nodes=len(beats),
            # The clocks of two nodes may differ by more than a beat is old.
            oldest_beat_ms=max((max(0, to_ms(now) - to_ms(beat.at)) for beat in beats), default=None),
            lists=LiveListsView(
                parties=[
                    LivePartyView(
                        party_id=party_id,
                        title=title,
                        concurrent_viewers=counts["viewers"],
                        chat_messages_per_minute=counts["chat"],
                        reactions_per_minute=counts["reactions"],
                        joins_per_minute=counts["joins"],
                    )
                    for (party_id, counts), title in zip(parties.items(), titles, strict=True)
                ]
            ),
        )

    async def _title(self, party_id: str) -> str | None:
        party = await self._store.parties.by_id(party_id, recent=True)
        return None if party is None else party.title


def live_definitions() -> list[DefinitionView]:
    """Say for the dictionary what the figures of this moment mean."""
    return [
        DefinitionView(
            name=_entry(name),
            title=figure.title,
            unit=figure.unit,
            formula=figure.formula,
            n=figure.n_of,
            minimum_n=1,
            over_range="it is of this moment",
            approximate="within 1 %, and below 1 ms within 1 ms" if figure.n_of == PLAYERS else "",
            dashboards=["live"],
            version=1,
        )
        for name, figure in FIGURES.items()
    ]


def _metrics(beats: Sequence[LiveBeat]) -> dict[str, MetricView]:
    drift = merged_histograms({"counts": beat.drift} for beat in beats)
    listed = [party.party_id for beat in beats for party in beat.parties]
    repeated = len(listed) - len({*listed})
    values: dict[str, Number | None] = {
        "concurrent_viewers": sum(beat.viewers for beat in beats),
        "live_parties": sum(beat.live_parties for beat in beats) - repeated,
        "chat_messages_per_minute": sum(beat.chat for beat in beats),
        "reactions_per_minute": sum(beat.reactions for beat in beats),
        "joins_per_minute": sum(beat.joins for beat in beats),
        "drift_p50_ms": quantile(drift, 0.5),
        "drift_p95_ms": quantile(drift, 0.95),
    }
    return {
        name: _metric(name, values[name], samples(drift) if figure.n_of == PLAYERS else len(beats))
        for name, figure in FIGURES.items()
    }


def _metric(name: str, value: Number | None, n: int) -> MetricView:
    figure = FIGURES[name]
    estimated = figure.n_of == PLAYERS and n > 0
    return MetricView(
        value=value if n else None,
        unit=figure.unit,
        n=n,
        approx=estimated,
        rel_error=QUANTILE_ERROR if estimated else 0.0,
        reason=None if n else "not_enough_data",
        definition=f"{DICTIONARY}#{_entry(name)}",
        formula=figure.formula,
        definition_version=1,
    )


def _parties(beats: Sequence[LiveBeat]) -> dict[str, Counter[str]]:
    """Add up what nodes tell of each party, and keep those with the most viewers."""
    found: dict[str, Counter[str]] = {}
    for party in (party for beat in beats for party in beat.parties):
        counts = {"viewers": party.viewers, "chat": party.chat, "reactions": party.reactions, "joins": party.joins}
        found.setdefault(party.party_id, Counter()).update(counts)
    ranked = sorted(found, key=lambda party_id: (-found[party_id]["viewers"], party_id))
    return {party_id: found[party_id] for party_id in ranked[:PARTIES]}


def _entry(name: str) -> str:
    return f"live.{name}"
