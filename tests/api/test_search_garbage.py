"""Whatever somebody types: an answer or a refusal, and never a fault."""

import random
from contextlib import suppress

import pytest

from api.decoding import decode_query
from api.problems import Problem
from api.schemas.search import SearchQuery
from api.services.search import Place
from store.errors import BadCursor
from store.pages import from_cursor, to_cursor
from store.search_keys import ASKED_WORDS, LONGEST, is_near, read
from tests.api.client import Api, Person

GARBAGE = 50_000
PIECES = (
    *("$where", "$ne", "[$gt]", "{", "}", "\\", "^", ".*", "(a+)+$", '"', "'", "%00", "\x00", "\u202e", "\ud800"),
    *(
        "film",
        "映画",
        "ß",
        "İ",
        "e\u0301",
        "\u0e33",
        "ﷺ",
        "👩‍👩‍👧",
        "\U000e0041",
        "=",
        "~",
        "@",
        " ",
        "\n",
        "🎬" * 3,
        "NaN",
        "-1",
    ),
)


def text(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return "".join(dice.choice(PIECES) for _ in range(dice.randrange(12)))
    return "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randrange(60)))


def test_fifty_thousand_garbage_questions_and_cursors_raise_nothing_of_their_own() -> None:
    dice = random.Random(20261123)
    good = to_cursor(Place(7, 1.0, False, -3.5, "f" * 32))
    asked = 0
    for _ in range(GARBAGE):
        names = dice.choices(["q", "kind", "limit", "cursor", "Q", "$q"], k=dice.randrange(1, 4))
        arguments = {name: [text(dice) for _ in range(dice.choice([1, 1, 1, 2]))] for name in names}
        arguments.setdefault("q", [text(dice)])
        with suppress(Problem):
            decode_query(arguments, SearchQuery)
            asked += 1
        wanted = read(arguments["q"][0])
        if wanted is not None:
            assert 0 < len(wanted.words) <= ASKED_WORDS
            assert all(len(key) <= LONGEST for key in wanted.begins)
            is_near(wanted, text(dice))
        mutated = list(good)
        for _ in range(dice.randrange(1, 6)):
            mutated[dice.randrange(len(mutated))] = chr(dice.randrange(33, 127))
        for cursor in ("".join(mutated), text(dice)):
            with suppress(BadCursor):
                from_cursor(cursor, Place)
    assert asked > GARBAGE / 100


@pytest.mark.integration
@pytest.mark.gen_test(timeout=60)
async def test_the_server_answers_garbage_in_kind(api: Api, host: Person) -> None:
    await api.post("/parties", {"title": "Film", "visibility": "public"})
    dice = random.Random(7)
    forged = [
        to_cursor(Place(0, number, dice.random() < 0.5, score, name))
        for number in (0.0, -1e308, 1e308, float("nan"), float("inf"))
        for score in (1e9, -1e308, float("nan"))
        for name in ("", "\x00", "z" * 40)
    ]
    for number in range(300):
        q = text(dice).encode("utf-8", "replace").decode()
        query = {"q": q, "cursor": forged[number % len(forged)]} if number % 3 == 0 else {"q": q}
        for path in ("/search", "/search/suggest"):
            reply = await api.get(path, query={"q": q} if "suggest" in path else query)
            assert reply.status in {200, 400}, (path, query, reply)
