"""The services of apps, put together."""

from dataclasses import dataclass

from api.services.blocking import Blocking
from api.services.mobile.devices import Devices
from api.services.mobile.figures import Figures
from api.services.mobile.home import Home
from api.services.mobile.sync import Sync
from api.services.parties import Parties
from api.services.switches import Switches
from api.services.videos import Videos
from conf.clock import Clock
from conf.settings import Settings
from store.database import Store


@dataclass(frozen=True, kw_only=True)
class MobileServices:
    devices: Devices
    figures: Figures
    home: Home
    sync: Sync


def mobile_services(
    *,
    store: Store,
    blocking: Blocking,
    parties: Parties,
    videos: Videos,
    switches: Switches,
    clock: Clock,
    settings: Settings,
    version: str,
    web_push: bool,
) -> MobileServices:
    return MobileServices(
        devices=Devices(store=store, clock=clock),
        figures=Figures(settings=settings, switches=switches, clock=clock, version=version, web_push=web_push),
        home=Home(store=store, parties=parties, videos=videos),
        sync=Sync(store=store, blocking=blocking, parties=parties, videos=videos, clock=clock),
    )
