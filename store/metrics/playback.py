"""How well it played: in step, at once, without stalls. Scores are those of Mux (docs.mux.com, data scores) where they are public."""

from store.metrics.definition import Definition, Plus, Quantile, Ratio, Samples, Sum

_DRIFT = "Of |player position - expected position| at each heartbeat, both at the same moment of the server's clock, the value below which {share} lie."
_STARTUP = "Of the times from the request to play to the first frame, one a view, the value below which {share} lie."


def _drift(per_cent: int, share: str, minimum_n: int) -> Definition:
    return Definition(
        name=f"drift_p{per_cent}_ms",
        title=f"Drift, {share}",
        unit="ms",
        formula=_DRIFT.format(share=share),
        computed=Quantile("drift_ms", per_cent / 100),
        n=Samples("drift_ms"),
        n_of="heartbeats",
        minimum_n=minimum_n,
    )


def _startup(per_cent: int, share: str, minimum_n: int) -> Definition:
    return Definition(
        name=f"startup_p{per_cent}_ms",
        title=f"Start-up, {share}",
        unit="ms",
        formula=_STARTUP.format(share=share),
        computed=Quantile("startup_ms", per_cent / 100),
        n=Sum("startup_n"),
        n_of="starts",
        minimum_n=minimum_n,
    )


DEFINITIONS = (
    Definition(
        name="in_sync_ratio",
        title="Time in step",
        unit="ratio",
        formula="Watch time of heartbeats whose drift was at most 1,000 ms, divided by the watch time of all whose drift is known.",
        computed=Ratio(Sum("in_sync_ms"), Sum("synced_ms")),
        n=Sum("drift_n"),
        n_of="heartbeats",
    ),
    _drift(50, "50 %", 1),
    _drift(95, "95 %", 20),
    _drift(99, "99 %", 100),
    _startup(50, "50 %", 1),
    _startup(95, "95 %", 5),
    Definition(
        name="startup_score",
        title="Start-up score",
        unit="score",
        formula="Mean over starts of 100 · 8 / (8 + s), s being the seconds to the first frame: 0.4 s give 95, 2 s 80, 8 s 50.",
        computed=Ratio(Sum("startup_score_sum"), Sum("startup_n")),
        n=Sum("startup_n"),
        n_of="starts",
    ),
    Definition(
        name="rebuffer_ratio",
        title="Rebuffer ratio",
        unit="ratio",
        formula="Time stalled, at most 10 minutes a stall, divided by time stalled and watch time together; start-up, seeks and pauses are no stalls.",
        computed=Ratio(Sum("stall_ms"), Plus(("stall_ms", "watch_ms"))),
        n=Sum("attempts"),
        n_of="attempts to view",
    ),
    Definition(
        name="rebuffer_frequency",
        title="Stalls an hour",
        unit="count",
        formula="Stalls divided by the hours of watch time.",
        computed=Ratio(Sum("stalls"), Sum("watch_ms", 1 / 3_600_000)),
        n=Sum("attempts"),
        n_of="attempts to view",
    ),
    Definition(
        name="smoothness_score",
        title="Smoothness score",
        unit="score",
        formula="Mean over views of the mean of 100 / √(1 + (n/2)²) and 100 · e^(-10·r), n being the stalls of the view and r its rebuffer ratio.",
        computed=Ratio(Sum("smooth_sum"), Sum("smooth_n")),
        n=Sum("smooth_n"),
        n_of="views",
    ),
    Definition(
        name="playback_failure_ratio",
        title="Views that failed",
        unit="ratio",
        formula="Attempts to view that ended by an error of the player, divided by all attempts. An attempt is a session of one video in one party.",
        computed=Ratio(Sum("failed"), Sum("attempts")),
        n=Sum("attempts"),
        n_of="attempts to view",
    ),
    Definition(
        name="exits_before_start_ratio",
        title="Left before the first frame",
        unit="ratio",
        formula="Attempts to view that neither showed a frame nor failed, divided by all attempts.",
        computed=Ratio(Sum("ebvs"), Sum("attempts")),
        n=Sum("attempts"),
        n_of="attempts to view",
    ),
    Definition(
        name="experience_score",
        title="Experience score",
        unit="score",
        formula=(
            "Mean over views, and attempts that failed, of: 0 where it failed, else half the least and half the mean of those"
            " that are known of start-up score, smoothness score and sync score, which is 100 · e^(-d/2), d being the 95th percentile"
            " of the view's drift in seconds."
        ),
        computed=Ratio(Sum("experience_sum"), Sum("experience_n")),
        n=Sum("experience_n"),
        n_of="views and failures",
    ),
)
