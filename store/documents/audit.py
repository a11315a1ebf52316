"""What staff did."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document


class AuditEntry(Document, kw_only=True):
    """One action of staff. It is written before the action, so that none goes without."""

    by: str | None
    """User id; None is the command line."""
    by_name: str
    """The username of then: accounts are renamed and erased, the log is not."""
    action: str
    about_kind: str | None = None
    about_id: str | None = None
    details: dict[str, str] = {}
    ip: str = ""
    request_id: str = ""
    outcome: Literal["begun", "done", "refused"]
    """`begun` stays where the process died in the middle, or MongoDB did."""
    at: datetime
