"""What one person is to another."""

from datetime import datetime
from typing import Literal

from store.documents.base import Document

RelationKind = Literal["follow", "block"]


class Relation(Document, kw_only=True):
    """One person follows or blocks another; `id` is `<kind>:<from>:<to>`, so that there is one of each at most."""

    kind: RelationKind
    from_id: str
    to_id: str
    created_at: datetime
