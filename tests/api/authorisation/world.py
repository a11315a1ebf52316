"""The people and things that the matrix is walked with: real accounts, real parties, a real film."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

from api.application import AccessServices, MailServices
from api.schemas.invites import NewInvite
from api.schemas.mobile import NewDevice
from api.schemas.reports import NewReport
from api.services.all import Services
from api.services.notifications.notifier import Note
from conf.clock import utc
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.sessions import SessionId, Sessions
from store.database import Store
from store.documents import PushSubscription, User, Video
from store.encoding import to_document
from store.ids import new_id
from tests.api.authorisation.rules import Caller
from tests.api.pictures import painted
from tests.fakes.movable_clock import MovableClock
from tests.pipeline.planned import PLANNED

PASSWORD = "correct horse battery"
ACCOUNTS: tuple[Caller, ...] = ("suspended", "unverified", "stranger", "member", "owner", "staff")

Made = dict[str, Any]
Maker = Callable[["World", str, Made], Awaitable[Made]]


class World:
    """Makes what a row needs, by the name of the parameter."""

    def __init__(
        self,
        *,
        store: Store,
        identity: AccessServices,
        mail: MailServices,
        built: Services,
        clock: MovableClock,
        password_hash: str,
        clip: bytes,
    ) -> None:
        self.store = store
        self.identity = identity
        self.mail = mail
        self.built = built
        self.clock = clock
        self.clip = clip
        self.users: dict[Caller, User] = {}
        self._password_hash = password_hash
        self._credentials: dict[Caller, str] = {"anonymous": ""}

    async def begin(self) -> None:
        """Let everybody have their account and their credential."""
        for caller in ACCOUNTS:
            role = "staff" if caller == "staff" else "user"
            self.users[caller] = await self.account(f"the-{caller}", role=role, verified=caller != "unverified")
            self._credentials[caller] = await self.token(self.users[caller])
        self.clock.move(-3600)
        self._credentials["expired"] = await self.token(self.users["stranger"])
        self.clock.move(3600)
        await self.store.users._set(self.users["suspended"].id, {"suspended": True})
        signed = Sessions(self.identity.keys.newest("party session"))
        guest = SessionId(session_id=self.fresh(), guest_id=f"g{self.fresh()}")
        self._credentials["guest"] = signed.write(guest)

    def credential(self, caller: Caller) -> str:
        return self._credentials[caller]

    def fresh(self) -> str:
        return new_id(self.clock.now_ms())

    async def account(self, name: str, **fields: Any) -> User:
        user = User(
            id=self.fresh(),
            email=f"{name}@example.com",
            email_key=f"{name}@example.com",
            username=name,
            username_key=name,
            display_name=name,
            password_hash=self._password_hash,
            created_at=utc(self.clock.now_ms()),
            **fields,
        )
        await self.store.users.add(user)
        return user

    async def token(self, user: User) -> str:
        return (await self.identity.sessions.open(user)).access_token

    async def make(self, names: Iterable[str], thing: str) -> Made:
        """Make the things of these names, all about the same party and film where they are about one."""
        made: Made = {}
        for name in sorted(names):
            if name not in made:
                made |= await MAKERS[name](self, thing, made)
        return made

    async def film(self, visibility: str) -> Video:
        """Put a film on the shelf as if the owner had uploaded it."""
        video = Video(
            id=self.fresh(),
            title="The Film",
            uploader_id=self.users["owner"].id,
            source="upload",
            status="ready",
            visibility="private" if visibility == "private" else "unlisted",
            file_name=f"film{self.fresh()}",
            content_type="video/mp4",
            duration_ms=3000,
            size_bytes=len(self.clip),
            created_at=utc(self.clock.now_ms()),
        )
        await self.store.videos.add(video)
        path = self.built.uploads.path(video)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(self.clip)
        path.with_suffix(".jpg").write_bytes(b"\xff\xd8\xff\xd9")
        return video

    async def act(self, party_id: str, who: Caller, command: do.AnyCommand) -> None:
        user = self.users[who]
        await self.built.engine.submit(party_id, command, actor=Actor(user_id=user.id, name=user.display_name))


async def party(world: World, thing: str, _made: Made) -> Made:
    """Make a party that the member has entered, with the owner as its host; private or open."""
    owner = world.users["owner"]
    party_id, code = world.fresh(), world.fresh()[-8:].upper()
    facts = do.Create(party_id=party_id, code=code, title="Friday", host_user_id=owner.id, host_name=owner.display_name)
    await world.built.engine.create(facts, actor=Actor(user_id=owner.id, name=owner.display_name))
    for who in ("owner", "member"):
        await world.act(party_id, who, do.Join())  # type: ignore[arg-type]
    if thing == "private":
        await world.act(party_id, "owner", do.ChangeSettings(visibility="private"))
    return {"party_id": party_id, "code": code}


async def video(world: World, thing: str, _made: Made) -> Made:
    return {"video_id": (await world.film(thing)).id}


async def invite(world: World, thing: str, made: Made) -> Made:
    """Let the owner make a link to the party that is good for many."""
    place = made if "party_id" in made else await party(world, thing, made)
    found = await world.store.parties.by_id(place["party_id"])
    assert found is not None
    asked = NewInvite(max_uses=50)
    kept, url = await world.built.invites.create(world.users["owner"], found, asked, "127.0.0.1")
    return {**place, "invite_id": kept.id, "token": url.rpartition("invite=")[2]}


async def empty_video(world: World, thing: str, made: Made) -> Made:
    """Announce an upload of which nothing has come yet."""
    found = await world.film(thing)
    await world.store.videos.update(found.id, {"status": "uploading", "file_name": None, "size_bytes": None})
    return {"video_id": found.id, "empty_video": ""}


async def new(world: World, _thing: str, _made: Made) -> Made:
    """Make up a word that nobody has used."""
    return {"new": f"n{world.fresh()[-20:]}"}


async def session(world: World, _thing: str, _made: Made) -> Made:
    """Open another session of the owner."""
    opened = await world.identity.sessions.open(world.users["owner"])
    found = await world.identity.sessions.of(world.users["owner"])
    return {"session_id": found[0].family, "refresh_token": opened.refresh_token}


async def notification(world: World, _thing: str, _made: Made) -> Made:
    """Tell the owner something."""
    note = Note(user_id=world.users["owner"].id, kind="followed", key=world.fresh())
    told = await world.built.notifier.tell(note)
    assert told is not None
    return {"notification_id": told.id}


async def device(world: World, _thing: str, _made: Made) -> Made:
    """Let the owner register a phone."""
    asked = NewDevice(id=world.fresh(), platform="ios", name="Phone", app_version="1.0")
    return {"device_id": (await world.built.mobile.devices.register(world.users["owner"], asked)).device_id}


async def subscription(world: World, _thing: str, _made: Made) -> Made:
    """Let a browser of the owner subscribe to pushes."""
    made = PushSubscription(
        id=world.fresh(),
        user_id=world.users["owner"].id,
        endpoint="https://push.example.com/1",
        p256dh="",
        auth="",
        created_at=utc(world.clock.now_ms()),
    )
    await world.store.push_subscriptions.put(made)
    return {"subscription_id": made.id}


async def username(world: World, thing: str, _made: Made) -> Made:
    """Name the owner, who blocks everybody else where the thing is `blocking`."""
    owner = world.users["owner"]
    for person in world.users.values():
        await world.store.relations.remove("block", owner.id, person.id)
        if thing == "blocking" and person is not owner:
            await world.store.relations.add("block", owner.id, person.id, utc(world.clock.now_ms()))
    return {"username": owner.username}


async def picture(_world: World, _thing: str, _made: Made) -> Made:
    return {"picture": painted(40, 30)}


async def avatar(world: World, _thing: str, _made: Made) -> Made:
    """Let the owner have a picture."""
    changed = await world.built.avatars.put(world.users["owner"], painted(40, 30))
    return {"avatar": changed.profile.avatar}


def mail_token(name: str, purpose: Any) -> Maker:
    async def make(world: World, _thing: str, _made: Made) -> Made:
        person = await world.account(f"n{world.fresh()[-20:]}")
        return {name: await world.mail.tokens.make(person, purpose, timedelta(minutes=5))}

    return make


async def somebody(world: World, _thing: str, _made: Made) -> Made:
    """Register somebody whom nobody else in the world has to do with."""
    return {"user_id": (await world.account(f"n{world.fresh()[-20:]}")).id}


async def report(world: World, thing: str, made: Made) -> Made:
    """File a report about somebody."""
    about = await somebody(world, thing, made)
    asked = NewReport(kind="user", id=about["user_id"], reason="spam")
    reporter = await world.account(f"n{world.fresh()[-20:]}")
    return {"report_id": (await world.built.admin.reports.file(reporter, asked, "192.0.2.1")).id}


async def message(world: World, thing: str, made: Made) -> Made:
    """Have the owner say something in a party."""
    if "party_id" not in made:
        made = await party(world, thing, made)
    await world.act(made["party_id"], "owner", do.Say(body="hello"))
    return {**made, "message_id": (await world.built.engine.state(made["party_id"])).chat[-1].id}


async def member(world: World, thing: str, made: Made) -> Made:
    """Name the member of a party."""
    place = made if "party_id" in made else await party(world, thing, made)
    return {**place, "member_id": world.users["member"].id}


async def item(world: World, thing: str, made: Made) -> Made:
    """Have the owner put a film into the queue of a party."""
    place = made if "party_id" in made else await party(world, thing, made)
    await world.act(place["party_id"], "owner", do.AddToQueue(video_id=(await world.film(thing)).id))
    return {**place, "item_id": (await world.built.engine.state(place["party_id"])).queue[-1].id}


async def job(world: World, _thing: str, _made: Made) -> Made:
    """Tell of a job as the scheduler does."""
    await world.store.job_board._schedule.put(to_document(PLANNED[0]))
    return {"job": "ingest"}


MAKERS: dict[str, Maker] = {
    "item_id": item,
    "member_id": member,
    "avatar": avatar,
    "code": party,
    "device_id": device,
    "empty_video": empty_video,
    "invite_id": invite,
    "new": new,
    "notification_id": notification,
    "party_id": party,
    "picture": picture,
    "refresh_token": session,
    "reset_token": mail_token("reset_token", "reset_password"),
    "session_id": session,
    "subscription_id": subscription,
    "token": invite,
    "username": username,
    "job": job,
    "message_id": message,
    "report_id": report,
    "user_id": somebody,
    "verify_token": mail_token("verify_token", "verify_email"),
    "video_id": video,
}
