"""Run a program that must not outlive the process which started it.

    python pipewatch.py PARENT_PID GRACE_SECONDS program arguments…

Standard input is the read end of a pipe whose only write end the parent holds. However the parent dies, kill -9
included, the kernel closes that end, and end-of-file arrives here: the program is asked to stop (SIGTERM) and killed
after the grace. The first line on standard output is the program's pid; the exit status is the program's.

PR_SET_PDEATHSIG alone would not do: it fires when the *thread* that forked ends, and only Linux has it. It stands as a
second belt between this process and the program, should somebody kill this one with -9. Started by path with `-I -S`:
standard library only, ready in about 20 ms.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

PARENT_POLL_SECONDS = 1.0
"""A child that the parent forked without exec may hold the write end open: then only a change of parent tells."""

PR_SET_PDEATHSIG = 1


def watch(parent_pid: int, grace_seconds: float, command: list[str]) -> int:
    """Run `command` until it ends, the parent dies or SIGTERM comes; return its exit status."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _note)
    try:
        program = subprocess.Popen(  # noqa: S603 - the parent says what to run
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=_die_with_watcher,  # noqa: PLW1509 - there are no threads here
        )
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads it from the program's output file
        return 127
    with suppress(BrokenPipeError):
        os.write(1, f"{program.pid}\n".encode())
    while program.poll() is None:
        readable, _, _ = select.select([0, woken], [], [], PARENT_POLL_SECONDS)
        asked = woken in readable and set(os.read(woken, 64)) & {signal.SIGTERM, signal.SIGINT}
        orphaned = (0 in readable and not os.read(0, 64)) or os.getppid() != parent_pid
        if asked or orphaned:
            return stop(program, grace_seconds)
    return program.returncode


def stop(program: "subprocess.Popen[bytes]", grace_seconds: float) -> int:
    program.terminate()
    try:
        return program.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        program.kill()
        return program.wait()


def _note(_number: int, _frame: object) -> None:
    """Leave it to the wake-up pipe: a handler must exist for the signal to be written there."""


def _die_with_watcher() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    status = watch(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
    sys.exit(status if status >= 0 else 128 - status)
