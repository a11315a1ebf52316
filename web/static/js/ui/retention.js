/** How much of a film is seen: the share of views that played each hundredth of it. */

import { clockTime } from "../lib/format.js";
import { html } from "../lib/html.js";

const WIDTH = 1000;
const HEIGHT = 260;

/** A closed shape over the axis; `most` is the value at its top. */
function shape(values, most) {
  const step = WIDTH / values.length;
  const at = (value) => (HEIGHT * (1 - value / most)).toFixed(1);
  const steps = values.map((value, i) => `L${(i * step).toFixed(1)} ${at(value)}H${((i + 1) * step).toFixed(1)}`);
  return `M0 ${HEIGHT}${steps.join("")}V${HEIGHT}Z`;
}

export function Retention({ retention }) {
  if (!retention) return html`<div class="empty"><h3>No retention yet</h3><p>It is drawn from five views on.</p></div>`;
  const { absolute, unique, views, bin_ms: binMs } = retention;
  const most = Math.max(1, ...absolute);
  const ends = [0, 0.25, 0.5, 0.75, 1].map((part) => clockTime(part * binMs * absolute.length));
  const least = unique.indexOf(Math.min(...unique));
  return html`<figure class="card chart retention">
    <figcaption><h3>Which parts are seen</h3><p class="quiet small">From ${views.toLocaleString("en")} views: how many played each part, and how often in all</p></figcaption>
    <p class="unseen">Fewest, ${Math.round(unique[least] * 100)} % of views, played what comes at ${clockTime(least * binMs)}.</p>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="all" d=${shape(absolute, most)} /><path class="once" d=${shape(unique, most)} />
      <line x1="0" x2=${WIDTH} y1=${HEIGHT * (1 - 1 / most)} y2=${HEIGHT * (1 - 1 / most)} /></svg>
    <p class="ends figures" aria-hidden="true">${ends.map((end) => html`<span key=${end}>${end}</span>`)}</p>
    <p class="key small" aria-hidden="true"><span class="once">views that played it</span><span class="all">plays, repeats counted</span><span>the line: all views</span></p>
  </figure>`;
}
