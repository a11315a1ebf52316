"""The switches: read by every node, changed by staff."""

import asyncio

import pytest

from api.problems import Problem
from api.services.all import Services
from api.services.switches import Switches
from conf.clock import utc
from store.database import Store
from store.documents import SwitchChanges, User
from store.errors import Unavailable
from tests.api.client import Api
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock
from tests.fakes.serving import until

pytestmark = pytest.mark.integration


@pytest.fixture
def staff(clock: ManualClock) -> User:
    return User(
        id="staff",
        email="s@example.com",
        email_key="s@example.com",
        username="staff",
        username_key="staff",
        display_name="Staff",
        password_hash="",
        role="staff",
        created_at=utc(clock.now_ms()),
    )


@pytest.mark.gen_test
async def test_a_new_installation_is_open(store: Store, clock: ManualClock) -> None:
    found = await Switches(store=store, clock=clock).reload()
    assert (found.maintenance, found.registration_open, found.revision) == (False, True, 0)


@pytest.mark.gen_test
async def test_a_change_holds_here_at_once_and_elsewhere_after_the_next_reading(store: Store, staff: User) -> None:
    clock = ManualClock()
    here, there = Switches(store=store, clock=clock), Switches(store=store, clock=clock)
    there.start()
    await until(lambda: bool(clock.wakes_ms()))
    changed = await here.change(SwitchChanges(maintenance=True, maintenance_message="Back at noon."), staff)
    assert here.current() == changed
    assert (changed.maintenance, changed.registration_open, changed.changed_by) == (True, True, "staff")
    assert not there.current().maintenance
    await clock.advance(2)
    await until(lambda: there.current().maintenance)
    assert there.current() == changed
    await there.close()


@pytest.mark.gen_test
async def test_of_fifty_changes_of_the_same_revision_one_wins(store: Store, clock: ManualClock, staff: User) -> None:
    nodes = [Switches(store=store, clock=clock) for _ in range(50)]
    answers = await asyncio.gather(
        *(node.change(SwitchChanges(maintenance=True), staff, expected=0) for node in nodes), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert len(refused) == 49
    assert {problem.code for problem in refused} == {"precondition_failed"}
    await asyncio.gather(*(node.change(SwitchChanges(registration_open=False), staff) for node in nodes))
    assert (await nodes[0].reload()).revision == 51


@pytest.mark.gen_test
async def test_the_last_known_switches_hold_while_the_database_is_away(
    store: Store, staff: User, logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    switches = Switches(store=store, clock=clock)
    await switches.change(SwitchChanges(maintenance=True), staff)

    async def away() -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch, logs.expect("the switches cannot be read"):
        patch.setattr(store.switches, "read", away)
        switches.start()
        for _ in range(3):
            await clock.advance(2)
    assert switches.current().maintenance
    await Switches(store=store, clock=clock).change(SwitchChanges(maintenance=False), staff)
    await clock.advance(2)
    await until(lambda: not switches.current().maintenance)
    await switches.close()


@pytest.mark.gen_test
async def test_nobody_registers_where_registration_is_closed(api: Api, built: Services, staff: User) -> None:
    body = {
        "email": "ada@example.com",
        "username": "ada",
        "password": "correct horse",
        "password_confirm": "correct horse",
    }
    await built.switches.change(SwitchChanges(registration_open=False), staff)
    refused = await api.post("/auth/register", body)
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    assert refused.body["detail"] == "Registration is closed on this server."
    await built.switches.change(SwitchChanges(registration_open=True), staff)
    assert (await api.post("/auth/register", body)).status == 201
