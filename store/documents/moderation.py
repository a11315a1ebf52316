"""Reports of what people should not see."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document

ReportKind = Literal["party", "message", "video", "user"]
ReportReason = Literal["spam", "harassment", "hate", "violence", "sexual", "self_harm", "illegal", "copyright", "other"]
ReportState = Literal["open", "assigned", "resolving", "resolved", "dismissed"]
Measure = Literal["none", "warn", "remove_content", "suspend", "ban"]
"""What staff do about a report."""


class Report(Document, kw_only=True):
    """One person's word about one thing, with the thing as it was then."""

    reporter_id: str
    kind: ReportKind
    subject_id: str
    party_id: str | None = None
    """Where a message stands."""
    about_user_id: str | None
    """Who answers for the thing: author, uploader, host, the person; None for a guest."""
    reason: ReportReason
    text: str
    evidence: dict[str, str]
    """What the thing said when it was reported."""
    state: ReportState = "open"
    open_key: str | None = None
    """`reporter:kind:subject` while the report is not closed; unique, so that nobody files it twice."""
    assigned_to: str | None = None
    closed_by: str | None = None
    measure: Measure | None = None
    note: str = ""
    """What staff wrote when they closed it; for staff."""
    claim: str | None = None
    """Names the one who is carrying the measure out."""
    claimed_until: datetime | None = None
    created_at: datetime
    closed_at: datetime | None = None
