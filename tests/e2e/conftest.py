"""The real system, as a person starts it, with an account and a film in it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from tornado.ioloop import IOLoop

from conf.clock import SystemClock
from matinee.demo.clips import Clip, ffmpeg_binary, rendered
from matinee.simulate.rest import Rest
from store.ids import new_id
from tests.running_system import RunningSystem

PASSWORD = "a seat in the middle row"
FILM = Clip(title="Step check", seconds=100, colours=("0x14213d", "0x3d5a80", "0xee6c4d"), shape="radial", low_hz=880)


class Host(Struct, frozen=True):
    """An account with a film of its own."""

    email: str
    token: str
    video_id: str


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Run `matinee serve` without the analytics jobs, which would only take turns on the cores."""
    with RunningSystem(tmp_path_factory.mktemp("e2e") / "data", "--no-pipeline") as running:
        yield running


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a real mp4, 640 by 360 with a running time and a tick, at 60 frames a second: the marks of our ruler.

    Frames are what the measure reads. At 30 a second they stand 33 ms apart, and two players that are within a millisecond by
    their clocks may still show neighbouring ones: no limit of 20 ms can be checked by that.
    """
    (path,) = rendered([FILM], tmp_path_factory.mktemp("film"))
    finer = path.with_name("finer.mp4")
    encode = ["-vf", "fps=60", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "60", "-pix_fmt", "yuv420p"]
    command = [ffmpeg_binary(), "-v", "error", "-i", str(path), *encode, "-c:a", "copy", str(finer)]
    subprocess.run(command, check=True, timeout=120)
    return finer


@pytest.fixture
def rest(io_loop: IOLoop, system: RunningSystem) -> Iterator[Rest]:
    client = Rest(system.url)
    yield client
    client.close()


@pytest.fixture
def host(io_loop: IOLoop, rest: Rest, film: Path) -> Host:
    return io_loop.run_sync(lambda: make_host(rest, film.read_bytes()), timeout=60)


@pytest.fixture
def reporter(request: pytest.FixtureRequest) -> pytest.TerminalReporter:
    found = request.config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(found, pytest.TerminalReporter)
    return found


async def make_host(rest: Rest, film: bytes, title: str = FILM.title) -> Host:
    name = f"host{new_id(SystemClock().now_ms())[-10:]}"
    email = f"{name}@example.com"
    account = {"email": email, "username": name, "password": PASSWORD, "password_confirm": PASSWORD}
    await rest.call("POST", "/auth/register", {**account, "display_name": "Ada Lovelace"})
    token = (await rest.call("POST", "/auth/login", {"email": email, "password": PASSWORD}))["access_token"]
    return Host(email=email, token=token, video_id=await upload(rest, film, title, token))


async def upload(rest: Rest, film: bytes, title: str, token: str) -> str:
    """Bring a film, and return its id."""
    video = await rest.call("POST", "/videos", {"title": title, "source": "upload"}, token=token)
    await rest.upload(f"/videos/{video['id']}/content", film, token=token)
    return str(video["id"])
