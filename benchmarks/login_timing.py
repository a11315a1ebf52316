"""Whether the time of a sign-in tells an address that is known from one that is not.

    python benchmarks/login_timing.py [--tries 200]

A real node is asked, in turns, to sign in an account with a wrong password and an address that nobody has, each time
from another network address. The promise: the medians differ by less than 5 ms; and by rank (Mann-Whitney, two-sided,
normal approximation) the two cannot be told apart at p = 0.01. The same two samples of unknown addresses beside it show
what the machine's own noise makes of equal things.
"""

import argparse
import asyncio
import math
import statistics
import time

from running_node import Lines, running_node, signed_in

PROMISE_MS = 5.0
SIGNIFICANT = 0.01


def told_apart(one: list[float], other: list[float]) -> float:
    """Give the p of the hypothesis that both are of one distribution."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(rank for rank, (_, whose) in enumerate(ranked, 1) if whose == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


async def compare(url: str, tries: int) -> None:
    lines = Lines(url)
    await signed_in(lines, "ada", "correct horse battery")
    asked = 0

    async def timed(email: str) -> float:
        nonlocal asked
        asked += 1
        address = f"10.0.{asked >> 8 & 255}.{asked & 255}"
        started = time.monotonic()
        guess = {"email": email, "password": "a guess"}
        status, _, body = await lines.ask("POST", "/auth/login", guess, X_Forwarded_For=address)
        assert status == 401, (status, body)
        return (time.monotonic() - started) * 1000

    known, unknown, again = [], [], []
    for number in range(tries):
        known.append(await timed("ada@example.com"))
        unknown.append(await timed(f"nobody{number}@example.com"))
        again.append(await timed(f"noone{number}@example.com"))
    print(f"{tries} sign-ins each, in turns: median ms (p95)")
    for name, values in (("known", known), ("unknown", unknown), ("unknown, again", again)):
        cuts = statistics.quantiles(values, n=20)
        print(f"{name:16} {statistics.median(values):8.2f} ({cuts[18]:.2f})")
    difference = abs(statistics.median(known) - statistics.median(unknown))
    noise = abs(statistics.median(again) - statistics.median(unknown))
    p = told_apart(known, unknown)
    fine = difference < PROMISE_MS and p > SIGNIFICANT
    print(f"medians differ by {difference:.2f} ms (equal things by {noise:.2f} ms), p = {p:.2f}: ", end="")
    print("holds" if fine else "BROKEN", f"({PROMISE_MS:g} ms, p > {SIGNIFICANT:g})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=200)
    arguments = parser.parse_args()
    with running_node(MATINEE_TRUSTED_PROXIES="127.0.0.1") as url:
        asyncio.run(compare(url, arguments.tries))


if __name__ == "__main__":
    main()
