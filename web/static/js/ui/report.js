/** What both dashboards show: tiles with their definition and base, and how fresh it all is. */

import { html } from "../lib/html.js";
import { fullMoment, relative } from "../lib/format.js";
import { grouped, label, reason, shown } from "../lib/metrics.js";
import { Chart } from "./chart.js";

function Change({ metric }) {
  if (metric.previous === null || metric.previous === undefined || !metric.previous) return null;
  const by = (metric.value - metric.previous) / metric.previous;
  const side = by > 0 ? "up" : by < 0 ? "down" : "";
  return html`<span class=${side}>${by > 0 ? "▲" : by < 0 ? "▼" : "="} ${Math.abs(by * 100).toFixed(0)} % </span>`;
}

function Tile({ name, metric }) {
  const value = shown(metric.value, metric.unit);
  const base = metric.n === undefined || metric.n === null ? "" : `from ${metric.n.toLocaleString("en")}`;
  const about = metric.approx && metric.rel_error ? `± ${(metric.rel_error * 100).toFixed(1)} %` : "";
  return html`<div class="tile" title=${metric.formula ?? ""}>
    <dt>${label(name)}</dt>
    <dd class=${`value ${value === null ? "none" : ""}`}>${value ?? reason(metric.reason)}</dd>
    <dd class="note">${value !== null && html`<${Change} metric=${metric} />`}${[base, about].filter(Boolean).join(" · ")}
      ${metric.formula && html`<span class="unseen">. ${metric.formula}</span>`}</dd>
  </div>`;
}

export function Tiles({ metrics }) {
  return grouped(metrics).map(([title, entries]) => html`<section key=${title} class="group" aria-label=${title}><h2>${title}</h2>
    <dl class="tiles">${entries.map(([name, metric]) => html`<${Tile} key=${name} name=${name} metric=${metric} />`)}</dl></section>`);
}

export function Charts({ series, bars, days, span }) {
  const names = Object.keys(series ?? {}).filter((name) => series[name].points.length);
  if (!names.length) return html`<div class="empty"><h3>No curves yet</h3><p>They are drawn from what viewers really did.</p></div>`;
  return html`<div class="charts">${names.map((name, i) => html`<${Chart} key=${name} name=${name} series=${series[name]}
    bars=${bars(name)} ink=${i % 2} days=${days} span=${span} />`)}</div>`;
}

const moment = (value) => (typeof value === "number" ? value : Date.parse(value));

export function Freshness({ report }) {
  if (!report.computed_at) return html`<p class="fresh">Nothing has been computed for this yet. Figures follow within minutes.</p>`;
  return html`<p class="fresh">
    <span>Computed <time title=${fullMoment(moment(report.computed_at))}>${relative(moment(report.computed_at))}</time></span>
    ${report.complete_until && html`<span>Complete until ${fullMoment(moment(report.complete_until))}</span>`}
    ${report.provisional && html`<span class="badge">provisional: late events may still change it</span>`}</p>`;
}
