"""Many members at once, over however many parties, and what they said and heard."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.drills.light import CLOSE, Frame, Light, framed

ENTER_SECONDS = 15.0


class Crowd:
    """All members that one drill sends, over however many parties."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.address = host, int(port)
        self.members: list[Light] = []
        self.latencies: list[float] = []
        """Seconds from each `say` to each member who heard it."""
        self.watch: Callable[[Light, Frame], None] = lambda _light, _frame: None
        self._said: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._movement = asyncio.Event()

    async def enter(
        self, party_id: str, count: int, *, at_once: int = 50, receive_bytes: int | None = None
    ) -> list[Light]:
        """Bring `count` guests into a party."""
        new = [Light(self, party_id, f"Guest {len(self.members) + n}", receive_bytes) for n in range(count)]
        self.members += new
        for start in range(0, count, at_once):
            some = new[start : start + at_once]
            for light in some:
                self.go(light.come())
            await self.until(lambda some=some: all(light.inside for light in some), ENTER_SECONDS)  # type: ignore[misc]
        return new

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait for something to hold. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._movement.clear()
                await self._movement.wait()

    async def even(self, top: int, members: Sequence[Light], seconds: float) -> None:
        """Wait until all of them are inside and have heard everything up to `top`."""
        await self.until(lambda: all(light.inside and light.position >= top for light in members), seconds)

    async def close(self) -> None:
        for light in self.members:
            light.staying = False
            if light.transport is not None:
                light.transport.write(framed((1000).to_bytes(2, "big"), CLOSE))
                light.transport.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.sleep(0.3)  # the sockets say goodbye

    def go(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def said(self, body: str) -> None:
        self._said[body] = asyncio.get_running_loop().time()

    def chatted(self, body: str) -> None:
        if body in self._said:
            self.latencies.append(asyncio.get_running_loop().time() - self._said[body])
        self.moved()

    def heard(self, light: Light, frame: Frame) -> None:
        self.watch(light, frame)

    def moved(self) -> None:
        self._movement.set()

    def take_latencies(self) -> list[float]:
        """Give the latencies since the last call."""
        taken, self.latencies = self.latencies, []
        return taken


class Talk:
    """Members who say something again and again; `acknowledged` is what the server promised to keep."""

    def __init__(self, speakers: Sequence[Light], *, every_seconds: float, filling: str = "") -> None:
        self.acknowledged: dict[str, int] = {}
        self._filling = filling
        self._going = True
        self._task = asyncio.gather(*(self._speak(light, every_seconds) for light in speakers))

    async def _speak(self, light: Light, every_seconds: float) -> None:
        number = 0
        while self._going:
            number += 1
            due = time.monotonic() + every_seconds
            body = f"{light.name}.{number}.{id(self)} {self._filling}".strip()
            self.acknowledged[body] = await light.say(body)
            await asyncio.sleep(due - time.monotonic())

    async def stop(self, seconds: float) -> int:
        """Wait until what was said is acknowledged; return the highest seq. Raises TimeoutError."""
        self._going = False
        async with asyncio.timeout(seconds):
            await self._task
        return max(self.acknowledged.values())


def kept(log: Sequence[dict[str, Any]], acknowledged: dict[str, int]) -> None:
    """Assert that a party's log has no gap, and each acknowledged message once, where it was said to be."""
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    bodies = Counter(entry["message"]["body"] for entry in log if entry["t"] == "chat")
    places = {entry["message"]["body"]: entry["seq"] for entry in log if entry["t"] == "chat"}
    assert [body for body, count in bodies.items() if count > 1] == []
    assert {body: places.get(body) for body in acknowledged} == acknowledged


def told(values: Sequence[float]) -> str:
    """Say p50, p99 and maximum in ms."""
    ordered = sorted(values) or [0.0]
    places = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 for share in (0.5, 0.99, 1.0)]
    return "p50 {:.0f}, p99 {:.0f}, max {:.0f} ms of {}".format(*places, len(values))
