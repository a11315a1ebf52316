"""What every connection of a node shares."""

from msgspec import Struct

from conf.clock import Clock
from conf.metrics import Metrics
from realtime.admission import Admission
from realtime.blocks import Blocking
from realtime.engine import Engine
from realtime.errands import Errands
from realtime.hub import Hub
from realtime.presence import Presence
from realtime.session import FRAMES_PER_SECOND
from realtime.sessions import Sessions


class Services(Struct, frozen=True, kw_only=True):
    engine: Engine
    hub: Hub
    presence: Presence
    admission: Admission
    blocking: Blocking
    errands: Errands
    sessions: Sessions
    clock: Clock
    metrics: Metrics
    frames_per_second: int = FRAMES_PER_SECOND
