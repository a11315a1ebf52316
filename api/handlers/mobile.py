from api.ask import Ask, Nothing, Reply
from api.schemas.mobile import (
    DeviceList,
    DeviceView,
    MobileConfig,
    MobileHome,
    NewDevice,
    SyncPage,
    SyncQuery,
)
from api.services.mobile.devices import view
from store.documents import User


async def config(ask: Ask[Nothing, Nothing, None]) -> Reply[MobileConfig]:
    figures, tag = ask.services.mobile.figures.now()
    return Reply(body=figures, headers={"ETag": tag, "Cache-Control": "public, max-age=60"})


async def home(ask: Ask[Nothing, Nothing, User]) -> MobileHome:
    return await ask.services.mobile.home.screen(ask.subject)


async def devices(ask: Ask[Nothing, Nothing, User]) -> DeviceList:
    return DeviceList(items=await ask.services.mobile.devices.list(ask.subject))


async def register(ask: Ask[NewDevice, Nothing, User]) -> DeviceView:
    return view(await ask.services.mobile.devices.register(ask.subject, ask.body))


async def forget(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.mobile.devices.remove(ask.subject, ask.path["device_id"])


async def sync(ask: Ask[Nothing, SyncQuery, User]) -> SyncPage:
    return await ask.services.mobile.sync.page(ask.subject, ask.query.since, ask.query.limit)
