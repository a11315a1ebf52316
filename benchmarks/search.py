"""How fast a hundred thousand documents are searched, beside MongoDB's $text index alone and a scan by pattern.

    python benchmarks/search.py [--documents 100000] [--repeats 40] [--driver motor|pymongo]

All sides run here, in turns, on one embedded mongod, over the same parties, videos and people with made-up titles. Ours is
the whole service: permission, both ways of matching, ranking and merging three kinds; the peers read one page of one
kind, parties, without ranking by age and popularity: `$text` by its own score, the pattern in whatever order it finds.
A fifth of what is there is public; the asker has entered 200 of the others.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from own_mongod import own_mongod

from api.ask import Caller
from api.services.search import Search
from conf import logs
from conf.clock import SystemClock, utc
from conf.metrics import NullMetrics
from store import parties, users, videos
from store.clients import Driver, open_client
from store.database import connect
from store.documents import Party, User, Video
from store.encoding import to_document
from store.ids import new_id

PAGE = 20
KINDS = ["videos", "parties", "users"]
QUESTIONS = {
    "a letter": "m",
    "a beginning": "mat",
    "a whole word": "matinee",
    "two words": "film matinee",
    "a word and a beginning": "horror nig",
    "an edit": "matniee",
    "nothing like it": "xyzzy",
}
VOWELS, CONSONANTS = "aeiou", "bcdfghklmnprstvz"
COMMON = ["film", "night", "matinee", "horror", "club", "movie", "party", "with", "friends", "mate", "marvel", "watch"]


def vocabulary(dice: random.Random) -> list[str]:
    """Make words that sound like some, the common ones first, as Zipf has them."""
    made = {
        "".join(dice.choice(CONSONANTS) + dice.choice(VOWELS) for _ in range(dice.randrange(1, 5)))
        for _ in range(20_000)
    }
    return [*COMMON, *sorted(made - set(COMMON), key=lambda _: dice.random())]


def documents(number: int) -> dict[str, list[dict[str, Any]]]:
    dice = random.Random(20261123)
    words = vocabulary(dice)
    weights = [1 / (place + 3) for place in range(len(words))]
    made: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    now_ms = SystemClock().now_ms()
    for index in range(number):
        at_ms = now_ms - dice.randrange(365 * 86_400_000)
        title = " ".join(dice.choices(words, weights, k=dice.randrange(2, 8)))
        facts: dict[str, Any] = {"id": new_id(at_ms), "created_at": utc(at_ms)}
        visibility: Any = dice.choices(["public", "unlisted", "private"], [1, 3, 1])[0]
        owner = f"owner{dice.randrange(2000)}"
        match index % 10:
            case 0:
                name = f"{title.split()[0][:8]}{index}"
                person = User(
                    email=name,
                    email_key=name,
                    username=name,
                    username_key=name,
                    display_name=title[:50],
                    password_hash="",
                    **facts,
                )
                made["users"].append(users.with_keys(to_document(person)))
            case 1 | 2 | 3 | 4:
                video = Video(
                    title=title, uploader_id=owner, source="url", status="ready", visibility=visibility, **facts
                )
                made["videos"].append(videos.with_keys(to_document(video)))
            case _:
                party = Party(
                    code=f"{index:08d}",
                    title=title,
                    host_id=owner,
                    creator_id=owner,
                    visibility=visibility,
                    members_count=int(dice.paretovariate(1)),
                    member_user_ids=["asker"] if dice.random() < 0.004 else [],
                    **facts,
                )
                made["parties"].append(parties.with_keys(to_document(party)))
    return made


async def timed(call: Callable[[], Awaitable[int]], repeats: int) -> tuple[float, float, int]:
    """Return median and p99 in ms, and how much was found."""
    took: list[float] = []
    found = 0
    for _ in range(repeats):
        started = time.perf_counter()
        found = await call()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=100)[98], found


async def compare(uri: str, driver: Driver, number: int, repeats: int) -> None:
    store = await connect(uri=uri, database="matinee", driver=driver, clock=SystemClock(), metrics=NullMetrics())
    client, close = open_client(uri, driver, 600_000)
    raw: Any = client["matinee"]
    made = documents(number)
    keys = sum(len(row["search_keys"]) for rows in made.values() for row in rows)
    for kind, rows in made.items():
        started = time.perf_counter()
        for start in range(0, len(rows), 1000):
            await raw[kind].insert_many(rows[start : start + 1000])
        print(f"{len(rows):7,} {kind} in {time.perf_counter() - started:.0f} s")
    await raw.parties.create_index([("title", "text")])
    sizes = (await raw.command("collStats", "parties"))["indexSizes"]
    ours = next(size for name, size in sizes.items() if name.startswith("search_keys"))
    print(f"{keys / number:.0f} keys a document; index of parties: ours {ours / 2**20:.0f} MiB, ", end="")
    print(f"$text {sizes['title_text'] / 2**20:.0f} MiB")
    search = Search(store=store, clock=SystemClock())
    me = Caller(
        user=User(
            **dict.fromkeys(
                ("id", "email", "email_key", "username", "username_key", "display_name", "password_hash"), "asker"
            ),
            created_at=utc(0),
        )
    )
    shown = {"visibility": "public", "status": {"$in": ["scheduled", "lobby", "live"]}}
    print("ms, median / p99 (found)   ours, anybody     ours, signed in        suggest         $text           pattern")
    for what, question in QUESTIONS.items():

        async def by_us(caller: Caller, question: str, limit: int) -> int:
            return len((await search.page(caller, question, KINDS, limit=limit)).hits)

        async def by_text(question: str) -> int:
            score = {"score": {"$meta": "textScore"}}
            cursor = raw.parties.find({"$text": {"$search": question}, **shown}, score).sort(list(score.items()))
            return len(await cursor.limit(PAGE).to_list(None))

        async def by_pattern(question: str) -> int:
            words = [{"title": {"$regex": rf"\b{word}", "$options": "i"}} for word in question.split()]
            return len(await raw.parties.find({"$and": words, **shown}).limit(PAGE).to_list(None))

        sides = [
            await timed(lambda q=question: by_us(Caller(), q, PAGE), repeats),  # type: ignore[misc]
            await timed(lambda q=question: by_us(me, q, PAGE), repeats),  # type: ignore[misc]
            await timed(lambda q=question: by_us(Caller(), q, 8), repeats),  # type: ignore[misc]
            await timed(lambda q=question: by_text(q), repeats),  # type: ignore[misc]
            await timed(lambda q=question: by_pattern(q), max(3, repeats // 5)),  # type: ignore[misc]
        ]
        print(f"{what:24}", *(f"{p50:6.1f} /{p99:6.1f} ({found:2})" for p50, p99, found in sides))
    await close()
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--driver", choices=["motor", "pymongo"], default="motor")
    arguments = parser.parse_args()
    logs.configure("warning")
    with own_mongod() as uri:
        asyncio.run(compare(uri, arguments.driver, arguments.documents, arguments.repeats))


if __name__ == "__main__":
    main()
