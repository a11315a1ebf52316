"""A system that runs as a person starts it, and people who call it."""

from collections.abc import Iterator

import pytest

from tests.fuzz.callers import Callers
from tests.running_system import RunningSystem


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Run `matinee serve` without limits of rate, which would answer most cases alike."""
    further = {"MATINEE_MIDDLEWARE_RATE_LIMIT": "false", "MATINEE_TRUSTED_PROXIES": "127.0.0.1"}
    with RunningSystem(tmp_path_factory.mktemp("fuzz") / "data", "--no-pipeline", **further) as running:
        yield running


@pytest.fixture(scope="session")
def callers(system: RunningSystem) -> Iterator[Callers]:
    found = Callers(system)
    yield found
    found.close()
