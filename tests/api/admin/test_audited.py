"""Every route by which staff change or take something out leaves its row: made from the route table."""

from typing import Any

import pytest

from api.access import STAFF
from api.handlers import admin_users
from api.route import Route, RouteError, check
from api.routes import ROUTES
from api.services.all import Services
from store.database import Store
from store.encoding import to_document
from tests.api.admin.conftest import Rows
from tests.api.admin.things import a_party, about, filed, said
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.pipeline.planned import PLANNED

pytestmark = pytest.mark.integration

WHY = {"reason": "spam"}
EXPECTED: dict[str, tuple[str, str | None, Any]] = {
    "GET /admin/users/export": ("users.export", None, None),
    "POST /admin/users/{user_id}/suspend": ("user.suspend", "user", WHY),
    "POST /admin/users/{user_id}/unsuspend": ("user.unsuspend", "user", None),
    "POST /admin/users/{user_id}/ban": ("user.ban", "user", WHY),
    "POST /admin/users/{user_id}/unban": ("user.unban", "user", None),
    "POST /admin/users/{user_id}/role": ("user.role", "user", {"role": "staff"}),
    "POST /admin/reports/{report_id}/assign": ("report.assign", "report", None),
    "POST /admin/reports/{report_id}/resolve": ("report.resolve", "report", {"measure": "none"}),
    "POST /admin/reports/{report_id}/dismiss": ("report.dismiss", "report", None),
    "DELETE /admin/parties/{party_id}": ("party.remove", "party", None),
    "DELETE /admin/parties/{party_id}/messages/{message_id}": ("message.remove", "party", None),
    "DELETE /admin/videos/{video_id}": ("video.remove", "video", None),
    "PATCH /admin/settings": ("settings.change", None, {"registration_open": True}),
    "POST /admin/maintenance": ("settings.maintenance", None, {"on": False}),
    "POST /admin/broadcast": ("broadcast.send", None, {"text": "hello"}),
    "GET /admin/audit-log/export": ("audit_log.export", None, None),
    "POST /admin/jobs/{job}/run": ("job.run", "job", None),
}
"""What the audit log must say of each route, written down by hand, and a body with which it succeeds."""


def test_every_route_of_staff_that_changes_something_has_its_reviewed_row() -> None:
    of_staff = [route for route in ROUTES if route.path.startswith("/admin/")]
    assert {route.access for route in of_staff} == {STAFF}
    stated = {route.name: route.audit for route in of_staff if route.method != "GET" or route.audit is not None}
    assert stated == {name: action for name, (action, _, _) in EXPECTED.items()}
    assert len(set(stated.values())) == len(stated)


def test_exports_and_what_is_dangerous_want_a_fresh_password() -> None:
    assert {route.name for route in ROUTES if route.fresh} == {
        "GET /admin/users/export",
        "POST /admin/users/{user_id}/ban",
        "POST /admin/users/{user_id}/unban",
        "POST /admin/users/{user_id}/role",
        "PATCH /admin/settings",
        "POST /admin/maintenance",
        "GET /admin/audit-log/export",
    }


def test_a_route_of_staff_that_would_go_unlogged_is_refused() -> None:
    bare = Route("POST", "/admin/bare", admin_users.unban, "No name for the log.", access=STAFF)
    with pytest.raises(RouteError, match="no name for the audit log"):
        check([*ROUTES, bare])


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.gen_test
async def test_a_success_is_in_the_audit_log(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    store: Store,
    staff: Person,
    host: Person,
    guest: Person,
    clock: MovableClock,
    rows: Rows,
    name: str,
) -> None:
    action, kind, body = EXPECTED[name]
    made = await things(api, built, store, host, guest)
    method, _, path = name.partition(" ")
    for parameter, value in made.items():
        path = path.replace(f"{{{parameter}}}", value)
    lines = {"X-Request-Id": "the-request"}
    reply = await api.call(method, path, body, token=staff.token, headers=lines)
    assert reply.status < 300, reply
    (row,) = [row for row in await rows() if row.action == action]
    assert (row.by, row.by_name, row.outcome) == (staff.id, "stella", "done")
    assert (row.ip, row.request_id) == ("127.0.0.1", "the-request")
    assert (row.about_kind, row.about_id) == (kind, made[f"{kind}_id" if kind != "job" else "job"] if kind else None)
    assert abs(row.at.timestamp() * 1000 - clock.now_ms()) < 10_000
    if body:
        assert set(body) <= set(row.details)


async def things(api: Api, built: Services, store: Store, host: Person, guest: Person) -> dict[str, str]:
    party_id = await a_party(api, host)
    video = {"title": "Clip", "source": "url", "url": "https://example.com/v.mp4"}
    await store.job_board._schedule.put(to_document(PLANNED[0]))
    return {
        "user_id": guest.id,
        "report_id": await filed(api, guest, about("user", host.id)),
        "party_id": party_id,
        "message_id": await said(built, party_id, host, "hello"),
        "video_id": (await api.post("/videos", video, token=host.token)).body["id"],
        "job": PLANNED[0].id,
    }
