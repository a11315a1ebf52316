"""The dashboards, put together."""

from collections.abc import Callable
from dataclasses import dataclass

from api.services.dashboards.advanced import Advanced
from api.services.dashboards.exports import Exports
from api.services.dashboards.health import PipelineHealth
from api.services.dashboards.live import LiveDashboard
from api.services.dashboards.party import PartyReports
from api.services.dashboards.personal import Personal
from api.services.dashboards.questions import Questions
from api.services.dashboards.video import VideoDashboards
from api.services.dashboards.windows import Windows
from conf.clock import Clock
from store.database import Store


@dataclass(frozen=True, kw_only=True)
class Dashboards:
    personal: Personal
    parties: PartyReports
    videos: VideoDashboards
    advanced: Advanced
    live: LiveDashboard
    questions: Questions
    exports: Exports


def dashboard_services(*, store: Store, pseudonym: Callable[[str], str], clock: Clock) -> Dashboards:
    """Build them. `pseudonym` gives what stands for a user's id in the aggregates."""
    windows = Windows(store=store)
    personal = Personal(store=store, windows=windows, pseudonym=pseudonym, clock=clock)
    parties = PartyReports(store=store, windows=windows, pseudonym=pseudonym, clock=clock)
    videos = VideoDashboards(store=store, windows=windows, clock=clock)
    health = PipelineHealth(store=store, clock=clock)
    advanced = Advanced(store=store, windows=windows, health=health, clock=clock)
    return Dashboards(
        personal=personal,
        parties=parties,
        videos=videos,
        advanced=advanced,
        live=LiveDashboard(store=store, clock=clock),
        questions=Questions(windows=windows, clock=clock),
        exports=Exports(personal=personal, parties=parties, videos=videos, advanced=advanced, clock=clock),
    )
