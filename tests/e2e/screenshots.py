"""Takes the pictures of docs/images: `python -m tests.e2e.screenshots [folder]`. Starts a system of its own, with real viewers.

Everything to be seen is real: the film is rendered, the guests watch and chat over the websocket, and the report is computed
by the analytics jobs from what they did.
"""

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from conf.clock import SystemClock
from matinee.demo.clips import DEMO, ffmpeg_binary, rendered
from matinee.simulate.rest import Rest
from realtime.client import PartyClient, VirtualPlayer, connect
from tests.e2e.chromium import FLAGS, Person, binary
from tests.e2e.conftest import PASSWORD, Host, make_host, upload
from tests.e2e.docs_page import DocsPage
from tests.e2e.test_people import account, portrait
from tests.running_system import RunningSystem

GUESTS = (
    "Grace Hopper",
    "Katherine Johnson",
    "Alan Turing",
    "Hedy Lamarr",
    "Linus",
    "Radia Perlman",
    "Edsger",
    "Barbara",
)
TALK = (
    ("Grace Hopper", "Made it. Is there popcorn?"),
    ("Alan Turing", "I can hear the tick, we are to the frame"),
    ("Katherine Johnson", "Counting along: 1, 2, 3…"),
    ("Hedy Lamarr", "The colours!"),
    ("Radia Perlman", "Everybody in step on my side too"),
    ("Grace Hopper", "@AdaLovelace can you go back ten seconds?"),
)
MOST_BYTES = 300 * 1024


@asynccontextmanager
async def guest(url: str, code: str, name: str) -> AsyncIterator[PartyClient]:
    clock = SystemClock()
    player = VirtualPlayer(clock=clock, start_latency_ms=random.uniform(60, 260))
    async with await connect(url, code, clock=clock, guest=name, player=player) as client:
        yield client


async def picture(person: Person, path: Path) -> None:
    """Keep a picture; a film on the screen does not fit as it is, and is brought down to 256 colours."""
    await asyncio.sleep(1)
    image = await person.page.screenshot()
    if len(image) > MOST_BYTES:
        image = await asyncio.to_thread(fewer_colours, image)
    assert len(image) <= MOST_BYTES, f"{path}: {len(image)} bytes"
    await asyncio.to_thread(path.write_bytes, image)


def fewer_colours(image: bytes) -> bytes:
    palette = "split[a][b];[a]palettegen=max_colors=256[p];[b][p]paletteuse=dither=sierra2_4a"
    convert = [ffmpeg_binary(), "-v", "error", "-f", "png_pipe", "-i", "-", "-vf", palette, "-f", "image2pipe"]
    return subprocess.run([*convert, "-c:v", "png", "-"], input=image, capture_output=True, check=True).stdout


async def watch(browser: Browser, system: RunningSystem, host: Host, party: dict[str, str], folder: Path) -> None:
    """A party of a minute and a half with people coming and going."""
    ada = await Person.arrive(browser, system.url, width=1360, height=850)
    await ada.sign_in(host.email, PASSWORD)
    await ada.enter(party["code"])
    await ada.film_ready()
    async with AsyncExitStack() as leaving:
        guests = {}
        for name in GUESTS[:5]:
            guests[name] = await leaving.enter_async_context(guest(system.url, party["code"], name))
        await ada.say("Welcome, everybody. Lights down in a moment.")
        await ada.toggle()
        for n, (name, words) in enumerate(TALK):
            await asyncio.sleep(6)
            if name not in guests:
                guests[name] = await leaving.enter_async_context(guest(system.url, party["code"], name))
            await guests[name].say(words)
            if n == 4:
                await ada.say("Told you. Wait for the harbour.")
        for name in GUESTS[6:]:
            guests[name] = await leaving.enter_async_context(guest(system.url, party["code"], name))
        await asyncio.sleep(8)
        await picture(ada, folder / "party.png")
        phone = await Person.arrive(browser, system.url, width=390, height=844)
        await phone.enter(party["code"], "Margaret")
        await phone.film_ready()
        await asyncio.sleep(4)
        await picture(phone, folder / "party-phone.png")
        await phone.page.context.close()
        lobby = await Person.arrive(browser, system.url, width=1360, height=850)
        await lobby.sign_in(host.email, PASSWORD)
        await picture(lobby, folder / "lobby.png")
        for name in ("Hedy Lamarr", "Linus", "Barbara"):
            await guests[name].leave()
            await asyncio.sleep(8)
        await ada.toggle()
    ada.assert_content()
    await ada.page.context.close()


async def registration(browser: Browser, system: RunningSystem, folder: Path) -> None:
    """An account made in the try-it-out page."""
    docs = DocsPage(await Person.arrive(browser, system.url, width=1360, height=1500))
    await docs.open()
    status, _ = await docs.execute("POST", "/auth/register", await docs.example("POST", "/auth/register"))
    assert status == 201, status
    block = docs.operation("POST", "/auth/register")
    await block.scroll_into_view_if_needed()
    await picture(docs.person, folder / "docs-registration.png")
    docs.person.assert_content()
    await docs.person.page.context.close()


async def only_registration(system: RunningSystem, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=binary(), args=FLAGS)
        await registration(browser, system, folder)
        await browser.close()


async def people(browser: Browser, system: RunningSystem, rest: Rest, host: Host, folder: Path) -> None:
    """The account, a profile, a search and the staff's desk, with people who really follow and report."""
    me = {"bio": "Wrote the first program for an engine that was never built.\nSilent films on Fridays."}
    ada = await rest.call("PATCH", "/users/me", {**me, "time_zone": "Europe/London"}, token=host.token)
    await rest.call("PATCH", f"/videos/{host.video_id}", {"visibility": "public"}, token=host.token)
    await rest.upload("/users/me/avatar", portrait(), token=host.token)
    for name in GUESTS[:3]:
        guest_name = await account(rest, name)
        signed_in = await rest.call("POST", "/auth/login", {"email": f"{guest_name}@example.com", "password": PASSWORD})
        token = signed_in["access_token"]
        await rest.call("POST", f"/users/{ada['username']}/follow", token=token)
        about = {"kind": "user", "id": ada["id"], "reason": "spam", "text": "Invites everybody, every Friday."}
        await rest.call("POST", "/reports", about, token=token)
    staff = await account(rest, "Sam Staff")
    promote = [sys.executable, "-m", "matinee", "admin", "promote", f"{staff}@example.com", "--data", str(system.data)]
    await asyncio.to_thread(subprocess.run, promote, check=True, timeout=30, stdout=subprocess.DEVNULL)
    for email, looks in (
        (f"{guest_name}@example.com", {"profile": f"/u/{ada['username']}"}),
        (host.email, {"account": "/me", "search": "/search?q=h"}),
        (f"{staff}@example.com", {"admin": "/admin/users"}),
    ):
        person = await Person.arrive(browser, system.url, width=1360, height=850)
        await person.sign_in(email, PASSWORD)
        for name, path in looks.items():
            await person.goto(path)
            await picture(person, folder / f"{name}.png")
        person.assert_content()
        await person.page.context.close()


async def take(system: RunningSystem, films: list[bytes], folder: Path) -> None:
    rest = Rest(system.url)
    host = await make_host(rest, films[0], DEMO[0].title)
    wanted = {"Friday night on the harbour": host.video_id}
    for clip, film, title in zip(DEMO[1:], films[1:], ("Stargazers", "Sunday matinee"), strict=True):
        wanted[title] = await upload(rest, film, clip.title, host.token)
    for title, video_id in reversed(wanted.items()):
        wish = {"title": title, "video_id": video_id, "visibility": "public"}
        party = await rest.call("POST", "/parties", wish, token=host.token)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=binary(), args=FLAGS)
        await registration(browser, system, folder)
        await watch(browser, system, host, party, folder)
        analyse = [sys.executable, "-m", "matinee", "pipeline", "run", "--data", str(system.data)]
        await asyncio.to_thread(subprocess.run, analyse, check=True, timeout=120)
        ada = await Person.arrive(browser, system.url, width=1360, height=850)
        await ada.sign_in(host.email, PASSWORD)
        await ada.goto(f"/dashboard/parties/{party['id']}")
        await ada.page.locator(".u-over").first.wait_for()
        await picture(ada, folder / "dashboard.png")
        await ada.goto("/dashboard")
        await ada.page.locator(".table").first.wait_for()
        await picture(ada, folder / "dashboard-personal.png")
        await ada.goto(f"/dashboard/videos/{host.video_id}")
        await ada.page.locator(".retention svg").wait_for()
        await picture(ada, folder / "dashboard-video.png")
        await people(browser, system, rest, host, folder)
        await browser.close()
    rest.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/images"))
    parser.add_argument("--docs", action="store_true", help="take the picture of /docs only")
    asked = parser.parse_args()
    folder = asked.folder
    folder.mkdir(parents=True, exist_ok=True)
    if asked.docs:
        with tempfile.TemporaryDirectory() as scratch, RunningSystem(Path(scratch) / "data", "--no-pipeline") as system:
            asyncio.run(only_registration(system, folder))
        return
    with tempfile.TemporaryDirectory() as scratch:
        films = [path.read_bytes() for path in rendered(DEMO, Path(scratch))]
        with RunningSystem(Path(scratch) / "data", "--no-pipeline") as system:
            asyncio.run(take(system, films, folder))


if __name__ == "__main__":
    main()
