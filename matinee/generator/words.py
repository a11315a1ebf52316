"""The vocabularies of a history: what events are called, what people use, where they are, what they say."""

from typing import Literal, NamedTuple

Source = Literal["viewer", "node", "api", "log"]


class Kind(NamedTuple):
    """A type of event: its name and who writes it: a viewer's player, the node, the API, or the party's log."""

    name: str
    source: Source


KINDS = (
    Kind("view.started", "viewer"),
    Kind("view.watched", "viewer"),
    Kind("view.stalled", "viewer"),
    Kind("view.sought", "viewer"),
    Kind("view.failed", "viewer"),
    Kind("view.ended", "viewer"),
    Kind("view.quality", "viewer"),
    Kind("party.joined", "node"),
    Kind("party.left", "node"),
    Kind("reaction.sent", "node"),
    Kind("account.registered", "api"),
    Kind("account.verified", "api"),
    Kind("account.logged_in", "api"),
    Kind("video.added", "api"),
    Kind("video.ready", "api"),
    Kind("party.invited", "api"),
    Kind("party.invite_accepted", "api"),
    Kind("party.created", "log"),
    Kind("party.opened", "log"),
    Kind("member.joined", "log"),
    Kind("member.left", "log"),
    Kind("member.muted", "log"),
    Kind("party.started", "log"),
    Kind("queue.removed", "log"),
    Kind("playback.video_changed", "log"),
    Kind("playback.rate", "log"),
    Kind("playback.played", "log"),
    Kind("playback.sought", "log"),
    Kind("playback.paused", "log"),
    Kind("queue.added", "log"),
    Kind("queue.voted", "log"),
    Kind("poll.opened", "log"),
    Kind("poll.voted", "log"),
    Kind("poll.closed", "log"),
    Kind("chat.sent", "log"),
    Kind("party.vacated", "log"),
    Kind("party.ended", "log"),
)
"""In the log, what happens in the same millisecond is numbered in this order."""
KIND = {kind.name: code for code, kind in enumerate(KINDS)}
LOGGED = frozenset(code for code, kind in enumerate(KINDS) if kind.source == "log")

DEVICES = ("desktop", "phone", "tablet", "tv")
BROWSERS = ("chrome", "safari", "firefox", "edge", "other")
SYSTEMS = ("windows", "macos", "linux", "android", "ios", "tvos")
CLIENTS = ("web/1.4", "web/1.5", "web/1.2", "python/1.0", "tv/2.1", "api")
CONTROL, TREATMENT, OLD, PYTHON, TV, API = range(len(CLIENTS))


class Country(NamedTuple):
    code: str
    share: float
    hours: int
    """Its evening is this many hours before that of UTC."""
    slowness: float


COUNTRIES = (
    Country("DE", 0.22, 1, 0.9),
    Country("US", 0.20, -6, 0.9),
    Country("GB", 0.12, 0, 0.9),
    Country("FR", 0.10, 1, 1.0),
    Country("BR", 0.09, -3, 1.4),
    Country("IN", 0.09, 5, 1.7),
    Country("JP", 0.07, 9, 0.8),
    Country("PL", 0.05, 1, 1.0),
    Country("ES", 0.04, 1, 1.0),
    Country("AU", 0.02, 10, 1.2),
)

EMOJI = ("👏", "😂", "❤️", "🎉", "😮", "🔥", "😢")

SAYINGS = (
    "hello everybody",
    "who is this again?",
    "the music!",
    "brb",
    "I did not see that coming",
    "this part is slow",
    "popcorn is ready",
    "can we go back ten seconds?",
    "so good",
    "I have been waiting for this all week, I must say",
    "is the sound low for anybody else?",
    "my favourite scene is next",
    "those colours",
    "wait, was that the same actor?",
    "good choice tonight",
    "back",
)
EXCLAMATIONS = ("WHAT", "haha", "no way!!", "wow", "hahahaha", "I screamed", "again please", "OMG")
LINES = (*SAYINGS, *EXCLAMATIONS)

TITLES = ("Harbour", "Northern", "Paper", "Silent", "Copper", "Winter", "Second", "Glass", "Hidden", "Long")
NOUNS = ("lights", "sky", "lanterns", "river", "station", "garden", "letters", "orchard", "signal", "summer")
EVENINGS = ("Film night", "Weekend watch", "Late show", "Series evening", "Matinee", "Catching up", "Premiere")
