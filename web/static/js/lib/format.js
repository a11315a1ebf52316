/** Figures and moments in words for people. Every function takes numbers and gives text. */

/** 75_000 -> "1:15", 3_675_000 -> "1:01:15". */
export function clockTime(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–:––";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** 75_000 -> "1 minute 15 seconds": what a screen reader should say. */
export function spokenTime(ms) {
  const seconds = Math.max(0, Math.round((ms ?? 0) / 1000));
  const parts = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ].filter(([n]) => n > 0);
  return parts.length ? parts.map(([n, unit]) => plural(n, unit)).join(" ") : "0 seconds";
}

/** 5_400_000 -> "1 h 30 min"; small values keep their seconds. */
export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

export function plural(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

export function bytes(n) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let step = 0;
  let value = n;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${value < 10 && step ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

export function timeOfDay(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** "Today", "Yesterday" or the date, in the reader's own zone. */
export function dayName(ms, nowMs = Date.now()) {
  const day = new Date(ms).toDateString();
  if (day === new Date(nowMs).toDateString()) return "Today";
  if (day === new Date(nowMs - 86_400_000).toDateString()) return "Yesterday";
  return new Date(ms).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

export function fullMoment(ms) {
  return new Date(ms).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** "just now", "4 minutes ago", "in 2 hours": the nearest unit is enough. */
export function relative(ms, nowMs = Date.now()) {
  const away = Math.round((ms - nowMs) / 1000);
  const size = Math.abs(away);
  if (size < 45) return away > 0 ? "in a moment" : "just now";
  const [n, unit] =
    size < 3600 ? [size / 60, "minute"] : size < 86_400 ? [size / 3600, "hour"] : [size / 86_400, "day"];
  const words = plural(Math.max(1, Math.round(n)), unit);
  return away > 0 ? `in ${words}` : `${words} ago`;
}

/** 12_000 -> "12 seconds", 90_000 -> "2 minutes": how long to wait, rounded up so that nobody comes too early. */
export function waiting(ms) {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return seconds < 90 ? plural(seconds, "second") : plural(Math.ceil(seconds / 60), "minute");
}

/** One of eight hues for a person: the same id gives the same hue on every screen. */
export function hueOf(id) {
  let hash = 7;
  for (const letter of String(id)) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  return hash % 8;
}

/** First letters of a name, for an avatar. */
export function initials(name) {
  const words = String(name).trim().split(/\s+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}
