from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from api.schemas.fields import Body, DisplayName, PageQuery, Password, View
from store.documents import User
from store.documents.accounts import Privacy

Bio = Annotated[str, Meta(max_length=1000)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]
Locale = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?$(?!\n)")]


class Farewell(Body, kw_only=True, frozen=True):
    """Who erases their account shows its password."""

    password: Password


class AvatarQuery(Body, kw_only=True, frozen=True):
    v: Annotated[str, Meta(max_length=16)] | None = None
    """Which picture is meant, so that another one has another address; any value gives the present one."""


class ProfileView(View, kw_only=True, frozen=True, omit_defaults=False):
    """One's own profile, whole."""

    display_name: str
    bio: str
    time_zone: str
    privacy: Privacy
    locale: str | None
    avatar_url: str | None


class UserView(View, kw_only=True, frozen=True):
    id: str
    username: str
    display_name: str
    email: str | None = None
    """One's own only."""
    verified: bool
    role: Literal["user", "staff"]
    created_at: datetime
    profile: ProfileView


class UserChanges(Body, kw_only=True, frozen=True):
    """What is left out stays as it is."""

    display_name: DisplayName | UnsetType = UNSET
    bio: Bio | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    """A name of the IANA database, as `Europe/Berlin`."""
    privacy: Privacy | UnsetType = UNSET
    """Who is shown bio, time zone, picture and counts: everybody, followers, or nobody."""
    locale: Locale | UnsetType | None = UNSET
    """BCP 47, as `pt-BR`; null for none."""


class PersonView(View, kw_only=True, frozen=True):
    """Somebody as another person sees them; what their privacy hides is left out."""

    id: str
    username: str
    display_name: str
    privacy: Privacy
    avatar_url: str | None = None
    bio: str | None = None
    time_zone: str | None = None
    followers_count: int | None = None
    following_count: int | None = None
    created_at: datetime | None = None
    you_follow: bool = False
    follows_you: bool = False


class CardView(View, kw_only=True, frozen=True):
    """A person in a list, and since when they are in it."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None = None
    since: datetime


class CardList(View, kw_only=True, frozen=True):
    items: list[CardView]
    next: str | None


class ActivityQuery(PageQuery, kw_only=True, frozen=True):
    """A page of what somebody did."""


class ActivityView(View, kw_only=True, frozen=True):
    kind: Literal["party_hosted", "party_joined", "video_added", "followed"]
    at: datetime
    """Of parties and videos: when they were made; of follows: when it was done."""
    id: str
    """Of the party, video or person."""
    title: str
    """Of the party or video; the person's username."""


class ActivityList(View, kw_only=True, frozen=True):
    items: list[ActivityView]
    next: str | None


def own_view(user: User) -> UserView:
    """Show a user to themselves: with the e-mail address and the whole profile."""
    return UserView(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        verified=user.verified,
        role=user.role,
        created_at=user.created_at,
        profile=ProfileView(
            display_name=user.display_name,
            bio=user.profile.bio,
            time_zone=user.profile.time_zone,
            privacy=user.profile.privacy,
            locale=user.profile.locale,
            avatar_url=avatar_url(user),
        ),
    )


def avatar_url(user: User) -> str | None:
    """Where a picture is; another one has another address, so that it may be kept."""
    if user.profile.avatar is None:
        return None
    return f"/api/v1/users/{user.username}/avatar?v={user.profile.avatar[:8]}"


def given(changes: UserChanges) -> Mapping[str, Any]:
    """List what was given, by name."""
    named = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return {name: value for name, value in named.items() if value is not UNSET}
