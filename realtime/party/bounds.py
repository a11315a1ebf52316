"""Bounds of what a command may hold, as types that its decoder keeps."""

from typing import Annotated

from msgspec import Meta

MAX_POSITION_MS = 1e11
"""Three years: beyond any video, and small enough that sums of positions stay exact in a float."""

Id = Annotated[str, Meta(min_length=1, max_length=64)]
PositionMs = Annotated[float, Meta(ge=0, le=MAX_POSITION_MS)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Body = Annotated[str, Meta(min_length=1, max_length=2000)]
Emoji = Annotated[str, Meta(min_length=1, max_length=34)]
EmoteName = Annotated[str, Meta(pattern=r"\A[a-z0-9_+-]{1,32}\Z")]
Emotes = Annotated[dict[EmoteName, Emoji], Meta(max_length=50)]
"""Names, each with the emoji that it stands for."""
Password = Annotated[str, Meta(min_length=1, max_length=128)]
PollOption = Annotated[str, Meta(min_length=1, max_length=100)]
Minutes = Annotated[int, Meta(ge=1, le=525_600)]
Reason = Annotated[str, Meta(max_length=500)]
Rate = Annotated[float, Meta(ge=0.25, le=4)]
