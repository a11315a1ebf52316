"""The parts that `matinee serve` supervises: commands of ours as child processes, and the embedded MongoDB."""

import asyncio
import os
import signal
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from pymongo.errors import PyMongoError

from conf import logs
from matinee.faults import Fault, in_one_line
from matinee.lifeline import Announcement
from matinee.mongod import EmbeddedMongod
from matinee.mongod_errors import MongodError
from matinee.nats_server import EmbeddedNats

START_SECONDS = 60.0
STOP_SECONDS = 5.0
"""With mongod's 3 s after it, a stop stays below the 10 s that service managers and people are promised."""
ENDING_SECONDS = 2.0
MONGOD_STOP_SECONDS = 3.0
MONGOD_POLL_SECONDS = 0.1

log = logs.get("matinee.parts")


class CommandPart:
    """`matinee <arguments> --supervised` in a process and session of its own, so that Ctrl-C reaches only us."""

    def __init__(
        self,
        *,
        name: str,
        arguments: Sequence[str],
        keep_open: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        start_seconds: float = START_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._keep_open = keep_open
        self._environment = {**os.environ, **environment} if environment else None
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def command(self) -> list[str]:
        """Words of the command line."""
        return [sys.executable, "-m", "matinee", *self._arguments, "--supervised"]

    async def start(self) -> str:
        self._process = process = await asyncio.create_subprocess_exec(
            *self.command(),
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,
            pass_fds=self._keep_open,
            env=self._environment,
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), self._start_seconds)
        except TimeoutError:
            await self.stop()
            raise Fault(f"did not start within {self._start_seconds:.0f} s", "`matinee check` may say why") from None
        announcement = _announced(line)
        if not announcement.ready:
            with suppress(TimeoutError):  # its output ends a moment before it does
                await asyncio.wait_for(process.wait(), ENDING_SECONDS)
            how = how_ended(process.returncode)
            await self.stop()
            raise Fault(announcement.fault or f"{how} before it was ready")
        self._reading = asyncio.create_task(_discard(process.stdout))
        return announcement.ready

    async def ended(self) -> str:
        assert self._process is not None
        return how_ended(await self._process.wait())

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), self._stop_seconds)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            await self._reading


class MongodPart:
    """The embedded mongod. It hangs on us by a pipe of its own, see `matinee.pipewatch`."""

    name = "mongod"

    def __init__(self, mongod: EmbeddedMongod) -> None:
        self._mongod = mongod

    async def start(self) -> str:
        try:
            await asyncio.to_thread(self._mongod.start)
        except (MongodError, PyMongoError) as error:  # the latter where it dies while it is being prepared
            raise Fault(in_one_line(error)) from error
        return f"127.0.0.1:{self._mongod.port} (pid {self._mongod.pid})"

    async def ended(self) -> str:
        while self._mongod.alive():  # noqa: ASYNC110 - a child of the watcher, not of our loop
            await asyncio.sleep(MONGOD_POLL_SECONDS)
        return "ended"

    async def stop(self) -> None:
        # A thread that may be left behind: where mongod needs longer, its watcher sees it through after we are gone.
        stopping = threading.Thread(target=self._stop, name="stop mongod", daemon=True)
        stopping.start()
        await asyncio.to_thread(stopping.join, MONGOD_STOP_SECONDS)

    def _stop(self) -> None:
        try:
            self._mongod.stop()
        except OSError as error:  # the data folder was taken away from under us
            log.warning("mongod stopped without a note", why=in_one_line(error))


class NatsPart:
    """The embedded nats-server; it hangs on us like mongod does."""

    name = "nats"

    def __init__(self, nats: EmbeddedNats) -> None:
        self._nats = nats

    async def start(self) -> str:
        await asyncio.to_thread(self._nats.start)
        return f"{self._nats.place} (pid {self._nats.pid})"

    async def ended(self) -> str:
        while self._nats.alive():  # noqa: ASYNC110 - as with mongod
            await asyncio.sleep(MONGOD_POLL_SECONDS)
        return "ended"

    async def stop(self) -> None:
        await asyncio.to_thread(self._nats.stop)


def how_ended(code: int | None) -> str:
    """Say in words what an exit code means."""
    if code is None:
        return "closed its output"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _announced(line: bytes) -> Announcement:
    try:
        return msgspec.json.decode(line, type=Announcement)
    except msgspec.DecodeError:
        return Announcement()


async def _discard(output: asyncio.StreamReader) -> None:
    """Read on, so that a stray print cannot fill the pipe and stop the part."""
    while await output.read(4096):
        pass
