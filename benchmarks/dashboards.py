"""How fast dashboards are answered, beside MongoDB's own aggregation pipeline that counts the same on the fly.

    python benchmarks/dashboards.py [--events 1000000] [--days 30] [--rate 200] [--seconds 10] [--ingest]

A month of watch parties is made up, written to a real mongod and published by the pipeline; then a real node (`matinee serve
--no-pipeline`) is asked over loopback by a process of its own, in an open loop: figures of five creators, a party, a video,
the platform, and one question. `first` is an answer right after one of its rows was published anew (of a party: the first
one ever), when everything is computed afresh; p50 and p99 are of answers whose figures are kept, `tag` with If-None-Match; `alone`
is the median of such answers one after another, which is what MongoDB is held against.

MongoDB's side reads the days of events and the party log in the same mongod, with indexes by party and by video that only it
needs, and goes by the same rules of accepted watch: see `dashboards_aggregation.py`. Both sides' figures are printed. The
promise: p99 below 50 ms, a first answer below 300 ms.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import dashboards_aggregation as on_the_fly
import psutil
from dashboards_aggregation import EVERYTHING, Headline
from dashboards_history import KEY, PASSWORD, Cast, Row, day_collections, fill, publish_again
from dashboards_load import Answered, Target, load
from own_mongod import own_mongod
from pymongo.database import Database
from running_node import Lines, Strangers, running_node

from conf import logs
from conf.clock import SystemClock
from pipeline.place import Place
from store.blocking import connect_blocking

DAY_MS = 86_400_000
RANGE_DAYS = 28
CREATORS = 5
PARTIES = 7
FIRSTS = 9
FORGOTTEN_SECONDS = 1.2
"""An answer is given again for a second, without a look at the rows."""
ALONE = 40
COMPARED = {"personal", "video", "advanced"}
RANGE = f"range={RANGE_DAYS}d"
QUESTION = "metric=watch_time_ms&dimension=device"
TIMES = 3
"""MongoDB's query is asked so often, and the median counts; over the platform once, for it takes long."""
UNLIMITED = {"MATINEE_RATE_LIMIT_READ": str(10**9), "MATINEE_SLOW_REQUEST_MS": "60000"}
TOTAL = ("watch_time_ms", "views", "unique_viewers", "chat_messages")


class Board(NamedTuple):
    """One dashboard: what is asked, what is published of it, and how MongoDB would count it."""

    name: str
    family: str
    targets: list[Target]
    peer: Callable[[], Headline | float]
    times: int = TIMES


class Seen(NamedTuple):
    first: list[float]
    alone: float


class Bench:
    def __init__(self, database: Database[Row], url: str, node: psutil.Process, mongod: psutil.Process) -> None:
        self._database = database
        self._url = url
        self._processes = {"node": node, "mongod": mongod}

    def boards(self) -> list[Board]:
        """Choose who and what is asked about, and sign in whoever asks."""
        database = self._database
        cast = Cast(database, CREATORS, PARTIES)
        tokens = asyncio.run(_tokens(self._url, cast.let_in(database)))
        days = day_collections(database)[-RANGE_DAYS - 1 :]
        since_ms = (int(SystemClock().now_ms()) // DAY_MS - RANGE_DAYS + 1) * DAY_MS
        staff = tokens[cast.staff]
        creator, party, video = next(iter(cast.creators)), cast.parties[0], cast.video
        people = [
            Target(f"/dashboards/personal?{RANGE}", tokens[user], subject) for user, subject in cast.creators.items()
        ]
        reports = [Target(f"/dashboards/parties/{one}", tokens[cast.hosts[one]], one) for one in cast.parties]
        alone = {"party_id": party}

        def of_party() -> Headline:
            return on_the_fly.headline(database, day_collections(database), since_ms=0, parties=alone, kept=alone)

        def of_platform() -> Headline:
            return on_the_fly.headline(database, days, since_ms=since_ms, parties=EVERYTHING, kept=EVERYTHING)

        return [
            Board("personal", "creator_day", people, lambda: on_the_fly.of_creator(database, days, creator, since_ms)),
            Board("party", "party_report", reports, of_party),
            Board(
                "video",
                "video_day",
                [Target(f"/dashboards/videos/{video}?{RANGE}", staff, video)],
                lambda: on_the_fly.of_video(database, days, video, since_ms),
            ),
            Board(
                "advanced",
                "platform_day",
                [Target(f"/dashboards/advanced?{RANGE}", staff, "all")],
                of_platform,
                times=1,
            ),
            Board(
                "query",
                "platform_day",
                [Target(f"/dashboards/query?{QUESTION}&{RANGE}", staff, "all")],
                lambda: sum(on_the_fly.by_device(database, days, since_ms=since_ms).values()),
                times=1,
            ),
        ]

    def firsts(self, board: Board) -> list[float]:
        """Time answers for which everything is computed afresh, one after another, in ms."""
        return asyncio.run(self._firsts(board))

    async def _firsts(self, board: Board) -> list[float]:
        lines, took = Lines(self._url), []
        for number in range(PARTIES if board.family == "party_report" else FIRSTS):
            target = board.targets[number % len(board.targets)]
            if board.family != "party_report":
                publish_again(self._database, board.family, target.subject)
                await asyncio.sleep(FORGOTTEN_SECONDS)
            await lines.ask("GET", "/users/me", Authorization=f"Bearer {target.token}")  # the caller is known
            started = time.perf_counter()
            status, _, body = await lines.ask("GET", target.path, Authorization=f"Bearer {target.token}")
            took.append((time.perf_counter() - started) * 1000)
            assert status == 200, (target.path, status, body[:300])
        return took

    async def _alone(self, board: Board) -> float:
        """Time answers whose figures are kept, one after another: the median, in ms."""
        lines, took = Lines(self._url), []
        for number in range(ALONE):
            target = board.targets[number % len(board.targets)]
            started = time.perf_counter()
            await lines.ask("GET", target.path, Authorization=f"Bearer {target.token}")
            took.append((time.perf_counter() - started) * 1000)
        return statistics.median(took)

    def rounds(self, board: Board, rate: float, seconds: float) -> Seen:
        """Ask in all ways, and print a line each."""
        seen = Seen(self.firsts(board), asyncio.run(self._alone(board)))
        ways = {"": (board.targets, False), "tag": (board.targets, True)}
        if board.name in COMPARED:
            compared = [Target(f"{one.path}&compare=previous", one.token, one.subject) for one in board.targets]
            ways["previous"] = (compared, False)
        for way, (targets, conditional) in ways.items():
            with self._used() as used:
                answered = load(self._url, targets, rate, seconds, conditional=conditional)
            told = f"{statistics.median(seen.first):7.1f} {max(seen.first):7.1f} {seen.alone:7.1f}"
            told = " " * len(told) if way else told
            print(f"{board.name:9} {way:9} {told} {_shown(answered, used)}", flush=True)
        return seen

    def peer(self, board: Board, seen: Seen) -> None:
        """Have MongoDB count the same, and print both sides."""
        took, counted = [], None
        for _ in range(board.times):
            started = time.perf_counter()
            counted = board.peer()
            took.append((time.perf_counter() - started) * 1000)
        theirs, first = statistics.median(took), statistics.median(seen.first)
        told = f"{theirs:10,.0f} {seen.alone:8.1f} {theirs / seen.alone:9,.0f} {first:8.1f} {theirs / first:7,.1f}"
        print(f"{board.name:9} {told}   {_figures(counted)} | {self._ours(board)}", flush=True)

    def _ours(self, board: Board) -> str:
        target = board.targets[0]
        _, _, body = asyncio.run(Lines(self._url).ask("GET", target.path, Authorization=f"Bearer {target.token}"))
        answer = json.loads(body)
        if "metrics" not in answer:
            return _figures(sum(row["value"] or 0 for row in answer["rows"]))
        values = [answer["metrics"].get(name, {}).get("value") or 0 for name in TOTAL]
        return _figures(Headline(*values))

    @contextmanager
    def _used(self) -> Iterator[dict[str, float]]:
        """Fill in what each process used of the processor, in ms."""
        used: dict[str, float] = {}
        before = {name: _processor_ms(process) for name, process in self._processes.items()}
        yield used
        used |= {name: _processor_ms(process) - before[name] for name, process in self._processes.items()}


def _processor_ms(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times) * 1000


def _shown(answered: Answered, used: dict[str, float]) -> str:
    asked = max(1, answered.asked)
    size = statistics.median(answered.sizes) if answered.sizes else 0
    share = used["node"] / 1000 / answered.seconds
    return (
        f"{answered.quantile(0.5):8.1f} {answered.quantile(0.99):8.1f} {size:9,.0f} {answered.same / asked:5.0%}"
        f" {answered.errors:6} {share:7.0%} {used['node'] / asked:8.2f} {used['mongod'] / asked:8.2f}"
    )


def _figures(counted: Headline | float | None) -> str:
    if isinstance(counted, Headline):
        return f"{counted.watch_ms / 3_600_000:,.1f} h, {counted.views:,}, {counted.viewers:,}, {counted.chat:,}"
    return f"{(counted or 0) / 3_600_000:,.1f} h"


async def _tokens(url: str, emails: dict[str, str]) -> dict[str, str]:
    lines, tokens = Lines(url), {}
    for user, email in emails.items():
        status, _, body = await lines.ask("POST", "/auth/login", {"email": email, "password": PASSWORD})
        assert status == 200, (email, status, body[:300])
        tokens[user] = str(json.loads(body)["access_token"])
    return tokens


def compare(database: Database[Row], url: str, processes: Sequence[Any], rate: float, seconds: float) -> None:
    bench = Bench(database, url, *processes)
    boards = bench.boards()
    strangers = Strangers()
    print(f"{rate:g} a second for {seconds:g} s, range of {RANGE_DAYS} days; ms")
    heads = ("first", "at most", "alone", "p50", "p99", "bytes", "304", "errors", "node", "node/req", "mongod/req")
    print(
        f"{'':19} {heads[0]:>7} {heads[1]:>7} {heads[2]:>7} {heads[3]:>8} {heads[4]:>8} {heads[5]:>9} {heads[6]:>5} ",
        end="",
    )
    print(f"{heads[7]:>6} {heads[8]:>7} {heads[9]:>8} {heads[10]:>8}")
    seen = {board.name: bench.rounds(board, rate, seconds) for board in boards}
    print(f"{strangers.share():.0%} of the processor went to other programs")
    print(
        "MongoDB on the fly beside ours; ms, and how many times as long. Figures of both: watch time, views, viewers, chat"
    )
    print(f"{'':9} {'MongoDB':>10} {'alone':>8} {'ratio':>9} {'first':>8} {'ratio':>7}   MongoDB | ours")
    for board in boards:
        bench.peer(board, seen[board.name])
    print(f"{strangers.share():.0%} of the processor went to other programs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--ingest", action="store_true", help="Bring events to the lake minute by minute, by the job.")
    asked = parser.parse_args()
    logs.configure("warning")
    with own_mongod() as uri, tempfile.TemporaryDirectory() as folder:
        database = connect_blocking(uri, "matinee")
        place = Place(uri=uri, database="matinee", lake=f"{folder}/lake", lake_key=KEY)
        (mongod,) = [one for one in psutil.Process().children(recursive=True) if one.name().startswith("mongod")]
        fill(database, place, events=asked.events, days=asked.days, seed=asked.seed, ingest=asked.ingest)
        before = {child.pid for child in psutil.Process().children()}
        with running_node(MATINEE_MONGO_URI=uri, MATINEE_LAKE_KEY=KEY, **UNLIMITED) as url:
            (node,) = [child for child in psutil.Process().children() if child.pid not in before]
            compare(database, url, (node, mongod), asked.rate, asked.seconds)
        database.client.close()


if __name__ == "__main__":
    main()
