"""What is left of accounts that were erased."""

from datetime import datetime
from typing import Literal

import msgspec

from store.documents.base import Document


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """Whose traces are looked for. It is kept until they are gone, and no longer."""

    user_id: str
    email: str
    username: str
    display_name: str
    since_ms: int
    """When the account was made: nothing of it is older."""
    in_lake: str = ""
    """What stands for the id in the lake, and in figures that are made of it."""


class InLake(msgspec.Struct, frozen=True, kw_only=True):
    """Whose traces are looked for in the lake: no id, but what stands for one. It is kept until they are gone."""

    person: str
    since_ms: int


class Erasure(Document, kw_only=True):
    """Proof that an account was erased, and how far that has come; `id` is the SHA-256 of the user id."""

    state: Literal["begun", "settling", "lake", "done"] = "begun"
    """`settling`: all of it is gone, and it is looked once more for what was under way. `lake`: so is that, and what is
    left is the pipeline's, for it has made a lake of it."""
    who: Erased | None = None
    lake: InLake | None = None
    pseudonym: str
    """Stands where the user id stood, in what other people's figures and histories are made of."""
    counts: dict[str, int] = {}
    """Documents deleted or made anonymous, by collection."""
    begun_at: datetime
    due_at: datetime
    """When it is to be gone on with; while somebody works on it, when their claim runs out."""
    done_at: datetime | None = None
