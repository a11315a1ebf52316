"""Python's garbage collector, told what a server is like.

It looks through the youngest objects after every 700 that are made beyond those let go, which a busy party does several
times in each turn of the loop, and from time to time through everything, which a node with thousands of connections feels as
a pause. Nearly all that a command makes is let go by counting references; cycles, which only the collector finds, are few.
"""

import gc

YOUNG = 20_000
"""New objects until the young ones are looked through: a few megabytes at most. With 700 it took 12 % of a busy node's time,
with this 1 % (benchmarks/fanout.py, 100 x 10)."""
OLDER, OLDEST = 20, 50


def calm() -> None:
    """Keep what start-up has made out of every later round, and make the rounds rarer. Call when a node is put together."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
