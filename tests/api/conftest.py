"""A whole API over a real socket, a real engine and a real MongoDB."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import argon2
import pytest
from pymongo import MongoClient
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop
from tornado.web import Application

from api.application import (
    AccessServices,
    MailServices,
    access_services,
    close,
    handler_settings,
    mail_services,
    routes,
    services,
)
from api.services.all import Services
from api.services.notifications.all import NotificationServices, notification_services
from conf.clock import utc
from conf.metrics import NullMetrics
from conf.secrets import Secrets
from conf.settings import Settings
from realtime.bus.memory import MemoryBus
from realtime.engine import Engine
from realtime.facts import StoredFacts
from realtime.hub import Hub
from realtime.presence import Presence
from store.database import Store
from store.documents import User
from store.ids import new_id
from store.pseudonyms import pseudonym
from tests.api.authorisation.world import World
from tests.api.client import Api, Person
from tests.api.clips import rendered
from tests.api.letters import Letterbox
from tests.api.publishing import Publish
from tests.fakes.movable_clock import MovableClock

LAKE_KEY = "l" * 32


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, upload_max_bytes=3 * 1024 * 1024, trusted_origins=("https://watch.example.com",))


@pytest.fixture
def presence() -> Presence:
    return Presence()


@pytest.fixture
def engine(  # noqa: PLR0917 - fixtures
    store: Store, presence: Presence, identity: AccessServices, bus: MemoryBus, clock: MovableClock, io_loop: IOLoop
) -> Iterator[Engine]:
    engine = Engine(
        party_log=store.party_log,
        snapshots=store.party_snapshots,
        parties=store.parties,
        facts=StoredFacts(store.videos, identity.blocking),
        doors=identity.doors,
        audience=presence,
        bus=bus,
        clock=clock,
        metrics=NullMetrics(),
    )
    yield engine
    io_loop.run_sync(engine.close)


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(
        secret_keys=("k" * 32,),
        mongo_root_password="r",
        mongo_app_password="a",
        lake_key="l" * 32,
        vapid_private_key="AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
    )


@pytest.fixture
def identity(store: Store, clock: MovableClock, settings: Settings, secrets: Secrets) -> Iterator[AccessServices]:
    found = access_services(store=store, clock=clock, settings=settings, secrets=secrets)
    yield found
    found.close()


@pytest.fixture
def mail(store: Store, clock: MovableClock, settings: Settings) -> MailServices:
    """Mail that goes to files when a test has it sent."""
    return mail_services(store=store, clock=clock, metrics=NullMetrics(), settings=settings)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def hub(engine: Engine, presence: Presence, bus: MemoryBus, clock: MovableClock, io_loop: IOLoop) -> Iterator[Hub]:
    """The hub of a node to which nobody is connected, unless a test does."""
    hub = Hub(engine=engine, presence=presence, bus=bus, clock=clock, metrics=NullMetrics())
    yield hub
    io_loop.run_sync(hub.close)


@pytest.fixture
def notifications(  # noqa: PLR0917 - fixtures
    store: Store,
    mail: MailServices,
    bus: MemoryBus,
    clock: MovableClock,
    settings: Settings,
    secrets: Secrets,
    identity: AccessServices,
    engine: Engine,
    io_loop: IOLoop,
) -> NotificationServices:
    """Notifications that go out when a test has them delivered."""
    found = notification_services(
        store=store,
        mailbox=mail.box,
        bus=bus,
        clock=clock,
        metrics=NullMetrics(),
        settings=settings,
        secrets=secrets,
    )
    identity.sessions.stolen = found.security.session_stolen
    engine.committed = found.news.hear
    return found


@pytest.fixture
def letterbox(mail: MailServices, notifications: NotificationServices, settings: Settings) -> Letterbox:
    return Letterbox(mail, notifications, settings.data / "mail")


@pytest.fixture
def built(  # noqa: PLR0917 - fixtures
    store: Store,
    engine: Engine,
    presence: Presence,
    identity: AccessServices,
    mail: MailServices,
    notifications: NotificationServices,
    hub: Hub,
    clock: MovableClock,
    settings: Settings,
    io_loop: IOLoop,
) -> Iterator[Services]:
    found = services(
        access=identity,
        mail=mail,
        notifications=notifications,
        store=store,
        engine=engine,
        audience=presence,
        sockets=hub,
        facts=StoredFacts(store.videos, identity.blocking),
        pseudonym=partial(pseudonym, LAKE_KEY),
        clock=clock,
        settings=settings,
        version="0.0.test",
    )
    yield found
    io_loop.run_sync(found.admin.broadcasts.close)
    close(found)


@pytest.fixture
def app(built: Services, clock: MovableClock, settings: Settings) -> Application:
    rules = routes(built)
    return Application(rules, **handler_settings(metrics=NullMetrics(), settings=settings))


@pytest.fixture
def api(http_client: AsyncHTTPClient, base_url: str, built: Services) -> Api:
    return Api(http_client, base_url, built.openapi)


@pytest.fixture
def publish(mongo_client: MongoClient[dict[str, Any]], database: str, store: Store) -> Publish:
    return Publish(mongo_client[database])


PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hash the password of everybody once: registering each test's people through argon2 would take half of the run."""
    return argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)


Welcome = Callable[[str], Person]


@pytest.fixture
def welcome(
    store: Store, identity: AccessServices, clock: MovableClock, password_hash: str, io_loop: IOLoop
) -> Welcome:
    """Make somebody with an account, who is signed in."""

    async def made(name: str) -> Person:
        now_ms = clock.now_ms()
        email = f"{name}@example.com"
        user = User(
            id=new_id(now_ms),
            email=email,
            email_key=email,
            username=name,
            username_key=name,
            display_name=name,
            password_hash=password_hash,
            created_at=utc(now_ms),
        )
        await store.users.add(user)
        opened = await identity.sessions.open(user)
        return Person(user.id, email, PASSWORD, opened.access_token, opened.refresh_token)

    return lambda name: io_loop.run_sync(lambda: made(name))


@pytest.fixture
def world(  # noqa: PLR0917 - fixtures
    store: Store,
    identity: AccessServices,
    mail: MailServices,
    built: Services,
    clock: MovableClock,
    password_hash: str,
    clip: bytes,
) -> World:
    return World(
        store=store, identity=identity, mail=mail, built=built, clock=clock, password_hash=password_hash, clip=clip
    )


@pytest.fixture
def host(api: Api, welcome: Welcome) -> Person:
    """Somebody whose token the client sends where a test says nothing else."""
    person = welcome("hanna")
    api.token = person.token
    return person


@pytest.fixture
def guest(welcome: Welcome) -> Person:
    return welcome("gustav")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of a real MP4, 160 by 120."""
    source = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=3")
    codec = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
    return rendered(tmp_path_factory.mktemp("clips"), "clip.mp4", *source, *codec)


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    source = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=1:duration=1", "-frames:v", "1")
    return rendered(tmp_path_factory.mktemp("clips"), "picture.png", *source)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return rendered(tmp_path_factory.mktemp("clips"), "sound.mp4", "-f", "lavfi", "-i", "sine=duration=1")
