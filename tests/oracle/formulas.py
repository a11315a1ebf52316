"""The formula of every metric, and what its `n` counts, written again from the words of docs/metrics_dictionary.md."""

import math
from collections.abc import Callable
from typing import NamedTuple

from tests.oracle.recount_scopes import Figures

Value = float | None
MINUTE, HOUR = 60_000, 3_600_000


class Formula(NamedTuple):
    """A metric's value, and what it was taken from."""

    value: Callable[[Figures], Value]
    n: Callable[[Figures], float]


def _sum(name: str) -> Callable[[Figures], float]:
    return lambda of: of.sums.get(name, 0)


def _people(who: str) -> Callable[[Figures], float]:
    return lambda of: len(of.people.get(who, ()))


def _per(over: Callable[[Figures], Value], under: Callable[[Figures], Value]) -> Callable[[Figures], Value]:
    def divided(of: Figures) -> Value:
        above, below = over(of), under(of)
        return above / below if above is not None and below else None

    return divided


def _quantile(of_what: str, per_cent: int) -> Callable[[Figures], Value]:
    return lambda of: of.quantiles.get(of_what, {}).get(per_cent)


def _engagement(of: Figures) -> Value:
    known = [
        (0.40, _per(_sum("percent_sum"), _sum("percent_n"))(of)),
        (0.20, _per(_people("chatters"), _people("viewers"))(of)),
        (0.15, _saturating(_per(_sum("reactions"), lambda its: its.sums["viewer_ms"] / HOUR)(of))),
        (0.15, _per(_sum("cowatch_ms"), _sum("viewer_ms"))(of)),
    ]
    parts = [(weight, min(1, part)) for weight, part in known if part is not None]
    return 100 * sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts) if parts else None


def _saturating(rate: Value) -> Value:
    return None if rate is None else 1 - math.exp(-rate / 6)


def _returning(of: Figures) -> float:
    return max(0, len(of.people["viewers"]) - len(of.people["new_viewers"]))


def _watching(of: Figures) -> float:
    return of.sums.get("stall_ms", 0) + of.sums.get("watch_ms", 0)


def _typical(of: Figures) -> Value:
    return _per(_per(_sum("dau_sum"), _sum("dau_days")), _sum("mau"))(of)


_sessions, _attempts, _views = _sum("sessions"), _sum("attempts"), _sum("views")
_films, _starts, _beats = _sum("films_n"), _sum("startup_n"), _sum("drift_n")

FORMULAS: dict[str, Formula] = {
    **{
        name: Formula(_sum(of), _sessions)
        for name, of in {
            "watch_time_ms": "watch_ms",
            "views": "views",
            "engaged_views": "engaged_views",
            "chat_messages": "chat_messages",
            "reactions": "reactions",
            "parties": "parties",
        }.items()
    },
    **{name: Formula(_sum(name), _sum(name)) for name in ("dau", "wau", "mau")},
    **{name: Formula(_sum(name), _sum(name)) for name in ("parties_created", "parties_started", "parties_ended")},
    **{f"completion_{share}": Formula(_per(_sum(f"q{share}"), _films), _films) for share in (25, 50, 75, 95)},
    **{f"drift_p{share}_ms": Formula(_quantile("drift_ms", share), _beats) for share in (50, 95, 99)},
    **{f"startup_p{share}_ms": Formula(_quantile("startup_ms", share), _starts) for share in (50, 95)},
    "stickiness": Formula(_typical, _sum("mau")),
    "parties_abandoned": Formula(_sum("parties_abandoned"), _sum("parties_ended")),
    "average_view_duration_ms": Formula(_per(_sum("watch_ms"), _views), _views),
    "average_percentage_viewed": Formula(_per(_sum("percent_sum"), _sum("percent_n")), _sum("percent_n")),
    "completion_rate": Formula(_per(_sum("completed"), _films), _films),
    "unique_viewers": Formula(_people("viewers"), _sessions),
    "new_viewers": Formula(_people("new_viewers"), _sessions),
    "returning_viewers": Formula(_returning, _sessions),
    "peak_concurrent_viewers": Formula(lambda of: of.peak, _sessions),
    "average_concurrent_viewers": Formula(_per(_sum("viewer_ms"), _sum("live_ms")), _sessions),
    "co_watch_ratio": Formula(_per(_sum("cowatch_ms"), _sum("viewer_ms")), _sessions),
    "unique_chatters": Formula(_people("chatters"), _sessions),
    "unique_reactors": Formula(_people("reactors"), _sessions),
    "chatter_ratio": Formula(_per(_people("chatters"), _people("viewers")), _people("viewers")),
    "chat_per_minute": Formula(_per(_sum("chat_messages"), lambda of: of.sums["live_ms"] / MINUTE), _sessions),
    "chat_per_viewer_minute": Formula(_per(_sum("chat_messages"), lambda of: of.sums["viewer_ms"] / MINUTE), _sessions),
    "engagement_score": Formula(_engagement, _sessions),
    "in_sync_ratio": Formula(_per(_sum("in_sync_ms"), _sum("synced_ms")), _beats),
    "startup_score": Formula(_per(_sum("startup_score_sum"), _starts), _starts),
    "rebuffer_ratio": Formula(_per(_sum("stall_ms"), _watching), _attempts),
    "rebuffer_frequency": Formula(_per(_sum("stalls"), lambda of: of.sums["watch_ms"] / HOUR), _attempts),
    "smoothness_score": Formula(_per(_sum("smooth_sum"), _sum("smooth_n")), _sum("smooth_n")),
    "playback_failure_ratio": Formula(_per(_sum("failed"), _attempts), _attempts),
    "exits_before_start_ratio": Formula(_per(_sum("ebvs"), _attempts), _attempts),
    "experience_score": Formula(_per(_sum("experience_sum"), _sum("experience_n")), _sum("experience_n")),
    "invite_conversion": Formula(_per(_sum("accepted"), _sum("invited")), _sum("invited")),
    "rejoin_rate": Formula(_per(_sum("rejoined"), _sum("joined")), _sum("joined")),
}
