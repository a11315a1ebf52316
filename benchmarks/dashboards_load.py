"""Asks a node for dashboards at a rate that does not wait for the answers, in a process of its own."""

import asyncio
import time
from multiprocessing import get_context

import msgspec
from running_node import Lines, at_rate

ENDS_WITHIN_SECONDS = 60
FEWEST = 100
SAME = 304


class Target(msgspec.Struct, frozen=True):
    """What is asked for, by whom, and which rows of `aggregates` it is made of."""

    path: str
    token: str
    subject: str = ""


class Answered(msgspec.Struct):
    """What a node answered in a round."""

    ms: list[float] = []
    sizes: list[int] = []
    same: int = 0
    errors: int = 0
    seconds: float = 0.0

    @property
    def asked(self) -> int:
        return len(self.ms) + self.errors

    def quantile(self, share: float) -> float:
        found = sorted(self.ms)
        return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


async def tags_of(lines: Lines, targets: list[Target]) -> dict[Target, str]:
    """Ask for each once, and give the tags of the answers."""
    found = {}
    for target in targets:
        _, head, _ = await lines.ask("GET", target.path, Authorization=f"Bearer {target.token}")
        found[target] = head.get("etag", '""')
    return found


async def loaded(url: str, targets: list[Target], per_second: float, seconds: float, *, conditional: bool) -> Answered:
    """Ask for the targets in turns; `conditional` brings the tag of the answer that is known."""
    lines, answered = Lines(url), Answered()
    tags = await tags_of(lines, targets)

    async def send(number: int) -> None:
        target = targets[number % len(targets)]
        more = {"If_None_Match": tags[target]} if conditional else {}
        started = time.perf_counter()
        try:
            status, _, body = await lines.ask("GET", target.path, Authorization=f"Bearer {target.token}", **more)
        except (OSError, EOFError):
            status, body = 0, b""
        if status not in {200, SAME}:
            answered.errors += 1
            return
        answered.ms.append((time.perf_counter() - started) * 1000)
        answered.same += status == SAME
        answered.sizes.append(len(body))

    started = time.monotonic()
    async with asyncio.timeout(seconds + ENDS_WITHIN_SECONDS):
        await at_rate(per_second, seconds, send)
    answered.seconds = time.monotonic() - started
    return answered


def _in_process(url: str, targets: list[Target], per_second: float, seconds: float, conditional: bool) -> Answered:  # noqa: FBT001 - Pool.apply
    return asyncio.run(loaded(url, targets, per_second, seconds, conditional=conditional))


def load(url: str, targets: list[Target], per_second: float, seconds: float, *, conditional: bool = False) -> Answered:
    """Do that in a process of its own, so that what the load takes is not the server's."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_in_process, (url, targets, per_second, seconds, conditional))
