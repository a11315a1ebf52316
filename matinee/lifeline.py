"""How a part hangs on its supervisor: two pipes, and nothing to configure.

Down: the child's standard input is a pipe whose other end only the supervisor holds. When the supervisor goes, however
it goes, the kernel closes that end, the child reads end-of-file and stops by itself; kill -9 leaves nothing behind.
Up: the child's standard output carries one JSON line, `{"ready": …}` or `{"fault": …}`.
"""

import asyncio
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import click
import msgspec

from matinee import faults
from matinee.cli import EXPECTED

PATIENCE_SECONDS = 4.0
"""How long a part whose supervisor is gone may take for an orderly stop before it is ended: an orderly one takes up to
three, and the embedded database, which goes at the same time, would be waited for in vain."""


class Announcement(msgspec.Struct, omit_defaults=True):
    """What a part tells its supervisor, once."""

    ready: str = ""
    fault: str = ""


class Lifeline:
    """The child's side. Without a supervisor it announces in words and watches nothing."""

    def __init__(self, *, supervised: bool) -> None:
        self.supervised = supervised
        if supervised:
            threading.Thread(target=_stop_with_supervisor, name="lifeline", daemon=True).start()

    def ready(self, line: str) -> None:
        """Say that the part works; `line` is for people."""
        self._say(Announcement(ready=line), line)

    def fault(self, line: str) -> None:
        """Say why the part cannot start."""
        self._say(Announcement(fault=line), line)

    def _say(self, announcement: Announcement, line: str) -> None:
        text = msgspec.json.encode(announcement).decode() if self.supervised else line
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def part(command: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command one that a supervisor may run: it gets `lifeline`, and tells its faults to the supervisor."""

    @click.option("--supervised", is_flag=True, hidden=True)
    @functools.wraps(command)
    def run(*, supervised: bool, **options: Any) -> Any:
        lifeline = Lifeline(supervised=supervised)
        try:
            return command(lifeline=lifeline, **options)
        except (*EXPECTED, OSError) as error:
            if not supervised:
                raise
            known = faults.of_os(error) if isinstance(error, OSError) else error
            lifeline.fault(faults.in_one_line(known))
            return 1

    return run


async def stop_requested() -> None:
    """Return when SIGTERM or Ctrl-C asks the process to stop.

    Further signals change nothing: a terminal's Ctrl-C reaches us directly and once more through tox, and a stop is over
    within ten seconds anyway.
    """
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


def _stop_with_supervisor() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)
