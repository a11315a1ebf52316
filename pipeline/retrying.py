"""Trying again what a connection, or a file that somebody has just replaced, can make fail once."""

import time
from collections.abc import Callable

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from pipeline.lake import LakeError
from store.retry import is_connection_fault

ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 5.0


def retrying(attempts: int = ATTEMPTS, *, sleep: Callable[[float], None] = time.sleep) -> Retrying:
    """Repeat a call that reads the manifest and then its files: between the two a file may be superseded, and gone."""
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, LakeError) or is_connection_fault(error)),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
        sleep=sleep,
        reraise=True,
    )
