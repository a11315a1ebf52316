"""What can go wrong in the store, in the words of its users."""


class StoreError(Exception):
    """Any fault of the store."""


class Unavailable(StoreError):  # noqa: N818 - named for what the user meets
    """MongoDB did not answer in time. Whether a write landed is unknown; repeating it with the same id is safe."""


class AlreadyExists(StoreError):  # noqa: N818
    """A unique field is taken; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is taken")
        self.field = field


class SeqTaken(StoreError):  # noqa: N818
    """Another writer holds the seq that this append asked for: reload the tail and decide again."""

    def __init__(self, party_id: str, seq: int) -> None:
        super().__init__(f"party {party_id}: seq {seq} is taken")
        self.party_id = party_id
        self.seq = seq


class NotStorable(StoreError):  # noqa: N818
    """A value that BSON, or our limits on it, cannot hold: too large, too deep, not finite, not UTF-8."""


class BadCursor(StoreError):  # noqa: N818
    """A page cursor that we did not make."""
