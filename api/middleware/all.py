"""The list of all middlewares, in the order in which they run, and the ones that the settings switch on."""

from api.middleware import access_log, slow_log
from api.middleware.body_limits import BodyLimits, NoBodyLimits
from api.middleware.buckets import Buckets, Limit, MemoryBuckets, StoredBuckets
from api.middleware.chain import Chain
from api.middleware.compression import Compression
from api.middleware.conditional import Conditional
from api.middleware.cors import Cors
from api.middleware.finished import Finished, Write
from api.middleware.idempotency import Idempotency
from api.middleware.maintenance import Maintenance
from api.middleware.port import Middleware
from api.middleware.rate_limit import RateLimit
from api.middleware.request_id import RequestId
from api.middleware.security_headers import SecurityHeaders
from api.middleware.slow_log import SlowLog
from api.middleware.trusted_hosts import TrustedHosts
from api.middleware.trusted_origins import TrustedOrigins
from api.route import RATE_CLASSES
from api.services.switches import Switches
from conf.clock import Clock
from conf.metrics import Metrics
from conf.settings import Settings
from store.database import Store

NAMES = (
    RequestId.name,
    access_log.name,
    slow_log.name,
    SecurityHeaders.name,
    Cors.name,
    TrustedHosts.name,
    TrustedOrigins.name,
    BodyLimits.name,
    Maintenance.name,
    RateLimit.name,
    Idempotency.name,
    Conditional.name,
    Compression.name,
)
"""Each is switched by the setting `middleware_<name>`."""


def is_on(settings: Settings, name: str) -> bool:
    return bool(getattr(settings, f"middleware_{name}"))


def chain_of(*, settings: Settings, store: Store, switches: Switches, clock: Clock) -> Chain:
    """Build the chain that the API's handler runs."""
    every: list[Middleware] = [
        RequestId(clock=clock),
        SecurityHeaders(https=settings.base_url.startswith("https:")),
        Cors(trusted=settings.trusted_origins),
        TrustedHosts(trusted=settings.trusted_hosts),
        TrustedOrigins(trusted=settings.trusted_origins),
        BodyLimits(upload_max_bytes=settings.upload_max_bytes),
        Maintenance(switches=switches),
        RateLimit(
            buckets=_buckets(settings, store),
            limits={kind: Limit(requests=getattr(settings, f"rate_limit_{kind}")) for kind in RATE_CLASSES},
            clock=clock,
        ),
        Idempotency(store=store, clock=clock),
        Conditional(),  # before the compression: a reply that is not sent is not compressed
        Compression(),
    ]
    on = [each for each in every if is_on(settings, each.name)]
    if not settings.trusted_hosts:
        on = [each for each in on if not isinstance(each, TrustedHosts)]
    if not is_on(settings, BodyLimits.name):
        on.append(NoBodyLimits(upload_max_bytes=settings.upload_max_bytes))
    return Chain(on)


def finished_of(*, settings: Settings, metrics: Metrics) -> Finished:
    """Build what is called when a request is answered."""
    slow = SlowLog(metrics=metrics, slow_ms=float(settings.slow_request_ms))
    writers: list[tuple[str, Write]] = [(access_log.name, access_log.write), (slow_log.name, slow.write)]
    return Finished(metrics=metrics, writers=[write for name, write in writers if is_on(settings, name)])


def _buckets(settings: Settings, store: Store) -> Buckets:
    memory = MemoryBuckets()
    return memory if settings.rate_limit_store == "memory" else StoredBuckets(store=store, meanwhile=memory)
