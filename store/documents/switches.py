"""What staff may turn on and off while the nodes run."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from store.documents.base import Document


class SwitchSettings(Document, kw_only=True):
    """The one document of all nodes; each reads it again every two seconds."""

    id: str = "switches"
    maintenance: bool = False
    """Whether only staff are served."""
    maintenance_message: str = ""
    """What everybody else is told meanwhile."""
    registration_open: bool = True
    revision: int = 0
    """Grows by one with each change."""
    changed_by: str | None = None
    changed_at: datetime | None = None


class SwitchChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; the rest stays."""

    maintenance: bool | UnsetType = UNSET
    maintenance_message: str | UnsetType = UNSET
    registration_open: bool | UnsetType = UNSET
