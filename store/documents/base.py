"""What all documents share."""

import msgspec


class Document(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Base of all documents."""

    id: str
