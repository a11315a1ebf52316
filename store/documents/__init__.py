"""Documents as the rest of the house sees them: msgspec Structs, `id` stored as `_id`, datetimes aware and in UTC."""

from store.documents.accounts import Profile, RefreshToken, Ticket, User
from store.documents.analytics import Aggregate, JobRun, TelemetryEvent
from store.documents.audit import AuditEntry
from store.documents.base import Document
from store.documents.devices import Device
from store.documents.erasures import Erased, Erasure, InLake
from store.documents.hits import Hit, PartyHit, UserHit, VideoHit
from store.documents.invites import Invite
from store.documents.jobs import JobRequest, PlannedJob
from store.documents.live import LiveBeat, LiveDay, LiveParty
from store.documents.mails import Mail, MailToken
from store.documents.moderation import Report
from store.documents.notifications import (
    About,
    Delivery,
    Notification,
    NotificationPreferences,
    PushSubscription,
    QuietHours,
    Rsvp,
    WaysChosen,
)
from store.documents.parties import Party, PartyEvent, PartySnapshot, ReactedMinute
from store.documents.relations import Relation
from store.documents.requests import KeyedRequest, RateBucket
from store.documents.switches import SwitchChanges, SwitchSettings
from store.documents.videos import Video

__all__ = [
    "About",
    "Aggregate",
    "AuditEntry",
    "Delivery",
    "Device",
    "Document",
    "Erased",
    "Erasure",
    "Hit",
    "InLake",
    "Invite",
    "JobRequest",
    "JobRun",
    "KeyedRequest",
    "LiveBeat",
    "LiveDay",
    "LiveParty",
    "Mail",
    "MailToken",
    "Notification",
    "NotificationPreferences",
    "Party",
    "PartyEvent",
    "PartyHit",
    "PartySnapshot",
    "PlannedJob",
    "Profile",
    "PushSubscription",
    "QuietHours",
    "RateBucket",
    "ReactedMinute",
    "RefreshToken",
    "Relation",
    "Report",
    "Rsvp",
    "SwitchChanges",
    "SwitchSettings",
    "TelemetryEvent",
    "Ticket",
    "User",
    "UserHit",
    "Video",
    "VideoHit",
    "WaysChosen",
]
