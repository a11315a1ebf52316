/** The stretch of time that a dashboard is about. */

import { html } from "../lib/html.js";

const RANGES = [
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["28d", "28 days"],
  ["90d", "90 days"],
  ["all", "All"],
];

/** The days that were asked for; of "all" only those that something is known of. */
export const spanOf = (range, { from, to }) => (range === "all" ? null : [Date.parse(from) / 1000, Date.parse(to) / 1000]);

export function Ranges({ range, choose }) {
  return html`<div class="ranges" role="group" aria-label="Period">${RANGES.map(
    ([value, words]) => html`<button key=${value} aria-pressed=${value === range} onClick=${() => choose(value)}>${words}</button>`)}</div>`;
}
