"""What every collection holds about a person: how it is found for them, and what is done with it when they go.

One row a collection, so that a new collection must say so too: a test compares these rows with the database.
"""

from store.forgetting import (
    Held,
    delete,
    delete_mails,
    delete_notifications,
    figures,
    forget_figures,
    forget_traces,
    mails,
    own,
    rename,
    runs,
    unname_audit,
    unname_invites,
    unname_parties,
    unname_reports,
)

SEARCHED = frozenset({"search_keys", "search_rank", "search_version", "changed"})

HELD: tuple[Held, ...] = (
    Held(
        collection="users",
        becomes="deleted",
        own=own("_id"),
        unshown=frozenset({"password_hash", "email_key", "username_key", "skeleton"}) | SEARCHED,
        erase=delete("_id"),
    ),
    Held(
        collection="refresh_tokens",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"_id", "successor"}),
        erase=delete("user_id"),
    ),
    Held(
        collection="tickets",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"_id"}),
        erase=delete("user_id"),
    ),
    Held(
        collection="mail_tokens",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"_id", "redemption"}),
        erase=delete("user_id"),
    ),
    Held(
        collection="outbox",
        becomes="deleted",
        own=lambda who: {"to": mails(who)["$or"][0]["to"]},
        erase=delete_mails,
    ),
    Held(
        collection="relations",
        becomes="deleted",
        own=lambda who: {"$or": [{"from_id": who.user_id}, {"to_id": who.user_id, "kind": "follow"}]},
        unshown=frozenset({"changed"}),
        erase=delete("from_id", "to_id"),
    ),
    Held(
        collection="notifications",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"key", "changed"}),
        erase=delete_notifications,
    ),
    Held(collection="deliveries", becomes="deleted", own=own("user_id"), erase=delete("user_id")),
    Held(collection="notification_preferences", becomes="deleted", own=own("_id"), erase=delete("_id")),
    Held(
        collection="push_subscriptions",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"_id", "endpoint", "p256dh", "auth"}),
        erase=delete("user_id"),
    ),
    Held(
        collection="devices",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"push_token"}),
        erase=delete("user_id"),
    ),
    Held(collection="rsvps", becomes="deleted", own=own("user_id"), erase=delete("user_id")),
    Held(
        collection="idempotency",
        becomes="deleted",
        own=own("user_id"),
        unshown=frozenset({"_id", "fingerprint", "attempt", "lines", "body"}),
        erase=delete("user_id"),
    ),
    Held(
        collection="videos",
        becomes="deleted",
        own=own("uploader_id"),
        unshown=frozenset({"file_name"}) | SEARCHED,
        erase=delete("uploader_id"),
    ),
    Held(
        collection="parties",
        becomes="anonymous",
        why="A party is its members' too. Those that one hosts end and lose their title.",
        own=lambda who: {"$or": [*runs(who), {"member_user_ids": who.user_id}]},
        unshown=frozenset({"password_hash", "member_user_ids"}) | SEARCHED,
        erase=unname_parties,
    ),
    Held(
        collection="invites",
        becomes="deleted",
        own=lambda who: {"$or": [{"by_id": who.user_id}, {"for_user_id": who.user_id}]},
        unshown=frozenset({"token_hashes", "used_by"}),
        erase=unname_invites,
    ),
    Held(
        collection="reports",
        becomes="anonymous",
        why="What staff decided stays; who reported and what they wrote goes, and what was quoted once staff are through.",
        own=own("reporter_id"),
        unshown=frozenset({"evidence", "note", "open_key", "assigned_to", "closed_by", "claim", "claimed_until"}),
        erase=unname_reports,
    ),
    Held(
        collection="audit_log",
        becomes="anonymous",
        why="Of actions about somebody the name goes. Who acted, as staff, stays: that is what the log is for.",
        erase=unname_audit,
    ),
    Held(
        collection="aggregates",
        becomes="deleted",
        why="Figures that they were part of are computed anew without them.",
        own=figures,
        erase=forget_figures,
    ),
    Held(
        collection="job_requests",
        becomes="anonymous",
        why="That a run was asked for stays.",
        erase=rename("asked_by"),
    ),
    Held(
        collection="switches",
        becomes="anonymous",
        why="That a switch was changed stays.",
        erase=rename("changed_by"),
    ),
    Held(
        collection="party_log",
        becomes="anonymous",
        why="It has no gap, for its members: words and names go, and events stay (docs/decisions/erasure.md).",
    ),
    Held(
        collection="party_archive",
        becomes="anonymous",
        why="The same events, packed.",
    ),
    Held(
        collection="party_snapshots",
        becomes="deleted",
        why="They are made of party logs, and made again when those have been rewritten.",
    ),
    Held(
        collection="events",
        becomes="anonymous",
        why="Where there is a lake, the pipeline deletes them once it is clean.",
    ),
    Held(
        collection="deletions",
        becomes="deleted",
        why="Only when it is gone through for the second time: until then other people's apps learn from it what is gone.",
        erase=forget_traces,
    ),
    Held(collection="rate_buckets", becomes="expired", why="It runs out within the hour that it counts."),
    Held(collection="live", becomes="expired", why="It is counts of a moment: they name nobody."),
    Held(collection="live_days", becomes="expired", why="It is counts: they name nobody."),
    Held(collection="party_reactions", becomes="kept", why="They are counts: they name nobody."),
    Held(collection="job_runs", becomes="kept", why="It names slots and files."),
    Held(collection="job_schedule", becomes="kept", why="It names jobs."),
    Held(collection="owed", becomes="kept", why="It names days and parties."),
    Held(
        collection="first_views", becomes="kept", why="It holds the lake's pseudonyms, and goes with the lake's rows."
    ),
    Held(collection="positions", becomes="kept", why="It names followers of collections."),
    Held(collection="erasures", becomes="kept", why="It is the proof: a SHA-256 sum, times and counts."),
)
"""In the order in which they are erased: what opens something first."""
