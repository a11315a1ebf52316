"""Who leaves before the first frame is told of, and who never meant to watch is not."""

import pytest

from tests.fakes.clock import ManualClock
from tests.fakes.party_server import ScriptedServer, going, until
from tests.realtime.client.test_viewer import kinds, plays, seated

pytestmark = pytest.mark.websocket


@pytest.mark.gen_test(timeout=20)
async def test_who_leaves_before_the_first_frame_is_told_of(server: ScriptedServer, clock: ManualClock) -> None:
    client, _ = await seated(server, clock)
    seq = plays(server)["seq"]
    await until(lambda: client.seq == seq)
    await client.close()
    assert kinds(server) == ["view.ended"]


@pytest.mark.gen_test(timeout=20)
async def test_who_only_waits_for_a_film_has_no_view(server: ScriptedServer, clock: ManualClock) -> None:
    client, _ = await seated(server, clock)
    await going(server, clock, 2)
    await client.close()
    assert kinds(server) == []
