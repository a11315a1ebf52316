"""Every metric that Matinee sends; `docs/metrics.md` is this table with what a run really sent."""

from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """What one metric name means."""

    kind: Literal["counter", "gauge", "timer"]
    meaning: str


METRICS: dict[str, Metric] = {
    "http.requests": Metric("counter", "Requests answered."),
    "http.errors": Metric("counter", "Requests answered with a 5xx status."),
    "http.rate_limited": Metric("counter", "Requests answered with 429."),
    "http.request.slow": Metric("counter", "Requests that took longer than the setting `slow_request_ms`."),
    "http.response_time_ms": Metric("timer", "From a request's last byte in to its reply's first byte out."),
    "ws.connections": Metric("gauge", "Open party sockets of this node."),
    "ws.personal": Metric("gauge", "Open personal sockets of this node."),
    "ws.opened": Metric("counter", "Party sockets opened."),
    "ws.closed": Metric("counter", "Party sockets closed."),
    "ws.frames_in": Metric("counter", "Frames received."),
    "ws.frames_out": Metric("counter", "Frames delivered to sockets."),
    "ws.bad_frames": Metric("counter", "Frames answered with an error of the client's making."),
    "ws.slow_closed": Metric("counter", "Sockets closed with 4029 because they did not read."),
    "ws.resumed": Metric("counter", "Sessions that came back and missed nothing."),
    "bus.lost": Metric("counter", "Times that the bus between the nodes was lost."),
    "bus.dropped": Metric("counter", "Messages that did not get on the bus; the log heals what they told."),
    "party.open": Metric("gauge", "Parties held in memory by this node."),
    "party.snapshots": Metric("counter", "Snapshots of parties written: one each 400 events of a party."),
    "party.commands": Metric("counter", "Commands accepted."),
    "party.refused": Metric("counter", "Commands refused."),
    "party.command_ms": Metric("timer", "From a command's arrival to its acknowledgement."),
    "log.commit_ms": Metric("timer", "One group commit to MongoDB."),
    "log.commit_events": Metric("counter", "Party events made durable."),
    "log.conflicts": Metric("counter", "Appends that lost their seq to another node and were decided again."),
    "log.retries": Metric("counter", "Appends repeated after a fault of the connection."),
    "events.recorded": Metric("counter", "Telemetry events made durable."),
    "events.duplicates": Metric("counter", "Telemetry events that were there already."),
    "spool.bytes": Metric("gauge", "Telemetry on this node's disk that MongoDB does not have yet."),
    "spool.refused": Metric("counter", "Telemetry events refused because the spool was full or could not be written."),
    "mail.sent": Metric("counter", "Mails handed to the SMTP server, or written to files."),
    "mail.failed": Metric("counter", "Mails given up."),
    "notifications.told": Metric("counter", "Notifications stored."),
    "notifications.sent": Metric("counter", "Deliveries by mail or push that went out."),
    "notifications.read": Metric("counter", "Deliveries that did not go, as they were read in the app before."),
    "notifications.dropped": Metric("counter", "Deliveries that nobody wanted any more."),
    "notifications.failed": Metric("counter", "Deliveries given up."),
    "database.retries": Metric("counter", "Database calls repeated after a fault of the connection."),
    "database.call_ms": Metric("timer", "One call of a repository."),
    "cache.hits": Metric("counter", "Reads answered from memory."),
    "cache.misses": Metric("counter", "Reads that memory could not answer."),
    "cache.loads": Metric("counter", "Reads of the database for a cache; those who miss together share one."),
    "cache.evictions": Metric("counter", "Entries dropped for want of room."),
    "cache.invalidations": Metric("counter", "Changes that caches were told of."),
    "cache.bypassed": Metric("counter", "Reads past a cache that might not have been up to date."),
    "cache.warm_ms": Metric("timer", "Filling the caches at a start."),
    "pipeline.job_ms": Metric("timer", "One run of a job."),
    "pipeline.job_failed": Metric("counter", "Runs of jobs that failed."),
    "pipeline.events_processed": Metric("counter", "Events brought to the lake."),
    "pipeline.lag_ms": Metric("gauge", "Age of the newest event that the lake holds."),
    "pipeline.quality.unknown_type": Metric("gauge", "Events of a type that is not known, in the last run of ingest."),
    "pipeline.quality.impossible_number": Metric("gauge", "Events set aside for a measure that cannot be."),
    "pipeline.quality.too_long": Metric("gauge", "Events set aside for more than ten minutes watched at once."),
    "pipeline.quality.backwards": Metric("gauge", "Events set aside for a piece that ends before it begins."),
    "pipeline.quality.far_off": Metric("gauge", "Events set aside for a time far from that of their arrival."),
    "pipeline.quality.no_session": Metric("gauge", "Events set aside for naming no session."),
    "pipeline.quality.no_party": Metric("gauge", "Events set aside for naming no party."),
    "pipeline.reconcile_difference": Metric(
        "gauge", "Events by which MongoDB, lake and figures differ, beyond what is due to that."
    ),
    "pipeline.live_difference": Metric(
        "gauge", "Messages and reactions by which the live counts of the last days and their figures differ."
    ),
    "pipeline.canary_ok": Metric("gauge", "1 where the last canary came back as it should, 0 where it did not."),
    "supervisor.restarts": Metric("counter", "Parts restarted after they died."),
}
