"""No question that a repository asks for a request reads a whole collection that grows: MongoDB's profiler says how it went about each."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from store.aggregates import Span
from store.database import Store
from store.indexes import INDEXES
from store.parties import Filter
from store.users import UserFilter

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DAYS = Span("creator_day", "user", "ann", "2026-01-01", "2026-12-31")
CURSOR = {"limit": 5, "cursor": None}
Question = Callable[[Store], Awaitable[object]]

FILTERS: tuple[Filter, ...] = ("public", "mine", "upcoming", "live", "past")
QUESTIONS: dict[str, Question] = {
    "users.by_email": lambda s: s.users.by_email("a@example.com"),
    "users.by_username": lambda s: s.users.by_username("ann"),
    "users.by_ids": lambda s: s.users.by_ids(["a", "b"]),
    "users.staff": lambda s: s.users.staff(),
    "users.confirm_email": lambda s: s.users.confirm_email("a", "a@example.com"),
    **{
        f"users.page {state}": lambda s, state=state: s.users.page(UserFilter(state=state), NOW, **CURSOR)
        for state in ("active", "suspended", "banned")
    },
    "users.page q": lambda s: s.users.page(UserFilter(q="an"), NOW, **CURSOR),
    "users.page role": lambda s: s.users.page(UserFilter(role="staff"), NOW, **CURSOR),
    **{f"parties.page {name}": lambda s, name=name: s.parties.page(name, "ann", **CURSOR) for name in FILTERS},
    "parties.page public of nobody": lambda s: s.parties.page("public", None, **CURSOR),
    "parties.live": lambda s: s.parties.live(),
    "parties.opening": lambda s: s.parties.opening(LATER),
    "parties.count": lambda s: s.parties.count("live"),
    "parties.all": lambda s: s.parties.all("live", None, **CURSOR),
    "parties.all of a host": lambda s: s.parties.all(None, "ann", **CURSOR),
    "parties.beginning": lambda s: s.parties.beginning(NOW, LATER),
    "parties.count_showing": lambda s: s.parties.count_showing("v"),
    "parties.shared": lambda s: s.parties.shared("ann", "bob"),
    "party_reactions.between": lambda s: s.party_reactions.between("p", 0, 9),
    "videos.visible": lambda s: s.videos.visible("v", "ann"),
    "videos.page": lambda s: s.videos.page("ann"),
    "videos.page of nobody": lambda s: s.videos.page(None),
    "videos.page of one": lambda s: s.videos.page("ann", "bob"),
    "videos.all": lambda s: s.videos.all("ready", None, **CURSOR),
    "videos.all failed": lambda s: s.videos.all("failed", None, **CURSOR),
    "videos.all of one": lambda s: s.videos.all(None, "ann", **CURSOR),
    "refresh_tokens.revoke_family": lambda s: s.refresh_tokens.revoke_family("f"),
    "refresh_tokens.families_of": lambda s: s.refresh_tokens.families_of("ann"),
    "refresh_tokens.count_active": lambda s: s.refresh_tokens.count_active(NOW),
    "refresh_tokens.newest_of": lambda s: s.refresh_tokens.newest_of("ann", NOW),
    "refresh_tokens.devices_of": lambda s: s.refresh_tokens.devices_of("ann", but="f"),
    "mail_tokens.void": lambda s: s.mail_tokens.void("ann", "reset_password"),
    "outbox.claim": lambda s: s.outbox.claim(NOW, timedelta(seconds=1)),
    "outbox.count": lambda s: s.outbox.count("pending"),
    "notifications.by_key": lambda s: s.notifications.by_key("ann", "k"),
    "notifications.after": lambda s: s.notifications.after("ann", "n", 5),
    "notifications.unread": lambda s: s.notifications.unread("ann"),
    "notifications.read_all": lambda s: s.notifications.read_all("ann", NOW),
    "notifications.unplanned": lambda s: s.notifications.unplanned(NOW, 5),
    "deliveries.claim": lambda s: s.deliveries.claim(NOW, timedelta(seconds=1)),
    "deliveries.waiting_for": lambda s: s.deliveries.waiting_for("d"),
    "deliveries.of_user": lambda s: s.deliveries.of_user("ann"),
    "push_subscriptions.of": lambda s: s.push_subscriptions.of("ann"),
    "rsvps.count": lambda s: s.rsvps.count("p"),
    "rsvps.user_ids": lambda s: s.rsvps.user_ids("p"),
    "invites.by_token": lambda s: s.invites.by_token("t", NOW),
    "invites.page": lambda s: s.invites.page("p", NOW, **CURSOR),
    "invites.count": lambda s: s.invites.count("p", NOW),
    "invites.named_for": lambda s: s.invites.named_for("p", NOW),
    "reports.of_reporter": lambda s: s.reports.of_reporter("ann", **CURSOR),
    "reports.about": lambda s: s.reports.about("ann", limit=5),
    "reports.count_under_way": lambda s: s.reports.count_under_way(),
    "reports.forget": lambda s: s.reports.forget("ann"),
    "relations.blocked_between": lambda s: s.relations.blocked_between("ann"),
    "relations.blocks_among": lambda s: s.relations.blocks_among(["ann", "bob"]),
    "relations.from_": lambda s: s.relations.from_("follow", "ann", **CURSOR),
    "relations.to": lambda s: s.relations.to("follow", "ann", **CURSOR),
    "relations.followed_before": lambda s: s.relations.followed_before("ann", NOW, "z", 5),
    "relations.count_from": lambda s: s.relations.count_from("follow", "ann"),
    "relations.count_to": lambda s: s.relations.count_to("follow", "ann"),
    "job_board.last_run": lambda s: s.job_board.last_run("ingest"),
    "job_board.runs": lambda s: s.job_board.runs(None, None, **CURSOR),
    "job_board.count_failed": lambda s: s.job_board.count_failed(),
    "devices.of": lambda s: s.devices.of("ann"),
    "devices.release": lambda s: s.devices.release("token", but=("ann", "d")),
    "changes.since": lambda s: s.changes.since("ann", 0),
    "changes.since a moment": lambda s: s.changes.since("ann", 1 << 40),
    "aggregates.range": lambda s: s.aggregates.range("creator_day", "user", "ann", "2026-01-01", "2026-12-31"),
    "aggregates.rows": lambda s: s.aggregates.rows(DAYS),
    "aggregates.stamp": lambda s: s.aggregates.stamp(DAYS),
    "aggregates.sums_of": lambda s: s.aggregates.sums_of("video_day", "video", ["a", "b"], "2026-01-01", "2026-12-31"),
    "job_outcomes.last": lambda s: s.job_outcomes.last("ingest", done=True),
}


OTHERS = 300
"""Documents of other people in each collection: who reads as many looks at all of them."""


@pytest.fixture
def profiled(raw: Any) -> Iterator[Any]:
    """Fill the collections, and let MongoDB write down how it answers."""
    for name in {question.split(".")[0] for question in QUESTIONS} & {*INDEXES, "party_reactions"}:
        raw[name].insert_many([other(number) for number in range(OTHERS)])
    raw.command("profile", 2)
    yield raw["system.profile"]
    raw.command("profile", 0)
    raw.drop_collection("system.profile")


def other(number: int) -> dict[str, Any]:
    """Make something of somebody else's, in whatever collection; unique where it must be."""
    name = f"other{number:03}"
    mine = ("email_key", "username_key", "code", "user_id", "key", "family", "digest", "party_id", "to", "host_id")
    theirs = ("creator_id", "uploader_id", "reporter_id", "about_user_id", "from_id", "to_id", "video_id", "push_token")
    return {
        "_id": name,
        **dict.fromkeys((*mine, *theirs), name),
        "token_hashes": [name],
        "member_user_ids": [name],
        "role": "user",
        "suspended": False,
        "status": "ended",
        "visibility": "private",
        "state": "over",
        "kind": "follow",
        "created_at": NOW - timedelta(days=2),
        "expires_at": NOW + timedelta(days=36_500),
    }


@pytest.mark.gen_test(timeout=60)
async def test_every_question_looks_at_few_documents(store: Store, profiled: Any) -> None:
    looked: dict[str, list[tuple[str, int]]] = {}
    seen = 0
    for name, ask in QUESTIONS.items():
        with suppress(msgspec.ValidationError):  # the others' documents have only what questions go by
            await ask(store)
        found = profiled.find({"planSummary": {"$exists": True}, "ns": {"$not": {"$regex": "system.profile"}}})
        plans = [(row["planSummary"], max(row["keysExamined"], row["docsExamined"])) for row in found]
        new, seen = plans[seen:], len(plans)
        assert new, f"{name} was not seen"
        if any("COLLSCAN" in plan or examined >= OTHERS / 2 for plan, examined in new):
            looked[name] = new
    assert looked == {}
