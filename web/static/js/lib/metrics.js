/** Names and units of the metrics dictionary in words for people. What has no entry here is shown by its own name. */

import { span } from "./format.js";

/** How a dashboard is read: what was watched, by whom, whether together, what was said, and how well it played. */
const GROUPS = [
  ["What was watched", {
    watch_time_ms: "Watch time",
    views: "Views",
    engaged_views: "Engaged views",
    average_view_duration_ms: "Average view",
    average_percentage_viewed: "Average share watched",
    completion_rate: "Watched to the end",
    completion_25: "Watched 25 % of it",
    completion_50: "Watched 50 % of it",
    completion_75: "Watched 75 % of it",
    completion_95: "Watched 95 % of it",
  }],
  ["Who watched", {
    concurrent_viewers: "People watching",
    unique_viewers: "Unique viewers",
    new_viewers: "New viewers",
    returning_viewers: "Returning viewers",
    peak_concurrent_viewers: "Most at once",
    average_concurrent_viewers: "At once, on average",
    dau: "Active on a day",
    wau: "Active in a week",
    mau: "Active in four weeks",
    stickiness: "Stickiness",
  }],
  ["Parties", {
    live_parties: "Live parties",
    parties: "Parties",
    parties_created: "Parties made",
    parties_started: "Parties started",
    parties_ended: "Parties ended",
    parties_abandoned: "Parties abandoned",
    co_watch_ratio: "Watched in company",
    invite_conversion: "Invites accepted",
    rejoin_rate: "Came back",
    joins_per_minute: "Joins a minute",
  }],
  ["Talk", {
    chat_messages: "Chat messages",
    unique_chatters: "People who chatted",
    chatter_ratio: "Share who chatted",
    chat_per_minute: "Chat messages a minute",
    chat_messages_per_minute: "Chat messages a minute",
    chat_per_viewer_minute: "Messages a viewer and minute",
    reactions: "Reactions",
    reactions_per_minute: "Reactions a minute",
    unique_reactors: "People who reacted",
    engagement_score: "Engagement score",
  }],
  ["In step", {
    in_sync_ratio: "Time in step",
    drift_p50_ms: "Drift, median",
    drift_p95_ms: "Drift, 95th percentile",
    drift_p99_ms: "Drift, 99th percentile",
  }],
  ["How it played", {
    experience_score: "Experience score",
    startup_p50_ms: "Start-up, median",
    startup_p95_ms: "Start-up, 95th percentile",
    startup_score: "Start-up score",
    rebuffer_ratio: "Time spent waiting",
    rebuffer_frequency: "Stalls an hour",
    smoothness_score: "Smoothness score",
    playback_failure_ratio: "Views that failed",
    exits_before_start_ratio: "Left before the first frame",
  }],
];

const LABELS = Object.assign({}, ...GROUPS.map(([, names]) => names));

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

/** The metrics of a reply as [title, [[name, metric], …]], in the order of the groups; what none of them knows comes last. */
export function grouped(metrics) {
  const groups = GROUPS.map(([title, names]) => [title, Object.keys(names).flatMap((name) => (metrics[name] ? [[name, metrics[name]]] : []))]);
  const others = Object.entries(metrics).filter(([name]) => !(name in LABELS)).sort(([a], [b]) => a.localeCompare(b));
  return [...groups, ["More", others]].filter(([, entries]) => entries.length);
}
