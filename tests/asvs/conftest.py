"""The API, and the whole node, as the tests of their own parts build them."""

from tests.api.conftest import *  # noqa: F403 - fixtures
from tests.matinee.conftest import serve  # noqa: F401 - a fixture
