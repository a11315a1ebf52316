"""The kernel's ring, where it gives one."""

import pytest

from realtime.ring import Ring


def ring_or_skip() -> Ring:
    """Open a ring; skip where the kernel refuses, as in many containers."""
    try:
        return Ring()
    except OSError as error:
        pytest.skip(f"no io_uring here ({error}): sends go one by one, and the ring was NOT tested")
