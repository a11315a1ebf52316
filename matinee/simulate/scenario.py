"""Who the bots are and what each does when: a pure function of the seed, so that a run can be repeated.

Chat is a Poisson process per bot; hosts play, seek, pause and play again; some viewers drop their connection and come
back a few seconds later, as people on trains do.
"""

import random
from collections.abc import Iterator
from typing import Literal

import msgspec

Kind = Literal["play", "pause", "seek", "chat", "drop"]

CHAT_EVERY_MS = 12_000
CONTROL_EVERY_MS = 9_000
"""Mean times between two messages of one bot and two commands of one host."""
PAUSE_MS = (1_000, 3_000)
SEEKING_SHARE = 0.5
"""How many of a host's commands are seeks; the others are pauses."""
DROPPING_SHARE = 0.3
"""How many of the viewers lose their connection once."""
SETTLING_MS = 1_500
"""A party begins when everybody is in; the last commands are sent well before the bots leave."""

OPENINGS = ("I love this part", "wait for it", "did you see that", "who is hungry", "this light", "again please")
ENDINGS = ("so good", "no way", "best scene", "hm", "haha", "one more time", "what a shot", "beautiful")


class Action(msgspec.Struct, frozen=True):
    """One thing that a bot does, `at_ms` after the party began."""

    at_ms: int
    kind: Kind
    position_ms: int = 0
    body: str = ""
    away_ms: int = 0


class Bot(msgspec.Struct, frozen=True):
    """One account and what it does."""

    number: int
    email: str
    username: str
    display_name: str
    hosts: bool
    actions: tuple[Action, ...]


class PartyPlan(msgspec.Struct, frozen=True):
    """One party: the host is the first of its bots."""

    title: str
    bots: tuple[Bot, ...]


FIRST_NAMES = ("Ada", "Bela", "Chidi", "Dora", "Emil", "Farah", "Goran", "Hana", "Ines", "Jun", "Kofi", "Lena", "Milo")
TITLES = ("Friday film", "Late show", "Sunday matinee", "Cinema club", "Rainy evening", "Double feature")


def scenario(*, seed: int, parties: int, viewers: int, duration_ms: int, video_ms: int) -> tuple[PartyPlan, ...]:
    """Plan `parties` parties with `viewers` bots in all (the hosts among them), as evenly spread as may be."""
    if not 1 <= parties <= viewers:
        raise ValueError("every party needs a host: at least as many viewers as parties")
    plans = []
    for place in range(parties):
        numbers = range(place, viewers, parties)
        bots = tuple(_bot(seed, number, number == place, duration_ms, video_ms) for number in numbers)
        plans.append(PartyPlan(title=f"{TITLES[place % len(TITLES)]} {place + 1}", bots=bots))
    return tuple(plans)


def _bot(seed: int, number: int, hosts: bool, duration_ms: int, video_ms: int) -> Bot:  # noqa: FBT001
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a scenario, not a secret
    last_ms = max(0, duration_ms - SETTLING_MS)
    actions = list(_chat(chance, number, last_ms))
    if hosts:
        actions += _control(chance, last_ms, video_ms)
    elif chance.random() < DROPPING_SHARE:
        actions += _drop(chance, last_ms)
    name = chance.choice(FIRST_NAMES)
    return Bot(
        number=number,
        email=f"bot-{seed}-{number}@bots.example",
        username=f"bot-{seed}-{number}",
        display_name=f"{name} {number}",
        hosts=hosts,
        actions=tuple(sorted(actions, key=lambda action: action.at_ms)),
    )


def _chat(chance: random.Random, number: int, last_ms: int) -> Iterator[Action]:
    at_ms = chance.expovariate(1 / CHAT_EVERY_MS)
    count = 0
    while at_ms < last_ms:
        count += 1
        # The mark makes each message one of its kind, so that a lost or doubled one is found in the log.
        body = f"{chance.choice(OPENINGS)}, {chance.choice(ENDINGS)} [{number}.{count}]"
        yield Action(at_ms=int(at_ms), kind="chat", body=body)
        at_ms += chance.expovariate(1 / CHAT_EVERY_MS)


def _control(chance: random.Random, last_ms: int, video_ms: int) -> Iterator[Action]:
    """Play at the start; then now and then a seek, or a pause with its play; back to the first half before the end."""
    yield Action(at_ms=0, kind="play")
    longest_ms, position_ms, at_ms = video_ms // 4, 0.0, 0.0
    while True:
        gap_ms = min(longest_ms, max(500.0, chance.expovariate(1 / CONTROL_EVERY_MS)))
        at_ms += gap_ms
        position_ms += gap_ms
        if at_ms >= last_ms:
            return
        if position_ms >= video_ms // 2 or chance.random() < SEEKING_SHARE:
            position_ms = chance.randrange(0, max(1, video_ms // 2))
            yield Action(at_ms=int(at_ms), kind="seek", position_ms=int(position_ms))
            continue
        pause_ms = chance.randint(*PAUSE_MS)
        if at_ms + pause_ms >= last_ms:
            return
        yield Action(at_ms=int(at_ms), kind="pause")
        at_ms += pause_ms
        yield Action(at_ms=int(at_ms), kind="play")


def _drop(chance: random.Random, last_ms: int) -> Iterator[Action]:
    away_ms = chance.randint(1_000, 3_000)
    latest = last_ms - away_ms - 2_000
    if latest > SETTLING_MS:
        yield Action(at_ms=chance.randrange(SETTLING_MS, latest), kind="drop", away_ms=away_ms)
