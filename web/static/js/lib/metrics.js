/** Names and units of the metrics dictionary in words for people. What has no entry here is shown by its own name. */

import { span } from "./format.js";

const LABELS = {
  concurrent_viewers: "People watching",
  live_parties: "Live parties",
  chat_messages_per_minute: "Chat messages a minute",
  reactions_per_minute: "Reactions a minute",
  joins_per_minute: "Joins a minute",
  watch_time_ms: "Watch time",
  views: "Views",
  unique_viewers: "Unique viewers",
  new_viewers: "New viewers",
  returning_viewers: "Returning viewers",
  average_view_duration_ms: "Average view",
  average_percentage_viewed: "Average share watched",
  peak_concurrent_viewers: "Most at once",
  average_concurrent_viewers: "At once, on average",
  completion_rate: "Watched to the end",
  chat_messages: "Chat messages",
  unique_chatters: "People who chatted",
  reactions: "Reactions",
  parties: "Parties",
  co_watch_ratio: "Watched in company",
  in_sync_ratio: "Time in step",
  drift_p50_ms: "Drift, median",
  drift_p95_ms: "Drift, 95th percentile",
  drift_p99_ms: "Drift, 99th percentile",
  startup_p50_ms: "Start-up, median",
  startup_p95_ms: "Start-up, 95th percentile",
  rebuffer_ratio: "Time spent waiting",
  playback_failure_ratio: "Views that failed",
  engagement_score: "Engagement score",
};

const ORDER = Object.keys(LABELS);

const REASONS = {
  not_enough_data: "Not enough data",
  not_computed: "Not computed yet",
  not_computed_yet: "Not computed yet",
};

export function label(name) {
  const words = LABELS[name] ?? name.replace(/_ms$/, "").replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

export function reason(code) {
  return REASONS[code] ?? (code ? code.replaceAll("_", " ") : REASONS.not_enough_data);
}

/** A value of a unit: ms as a span, a ratio in per cent, a count as a number. */
export function shown(value, unit) {
  if (value === null || value === undefined) return null;
  if (unit === "ms") return span(value);
  if (unit === "ratio") return `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;
  return value.toLocaleString("en", { maximumFractionDigits: Number.isInteger(value) ? 0 : 1 });
}

/** Metrics of a reply in a steady order: known ones as listed, then the rest by name. */
export function ordered(metrics) {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(metrics).sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
}
