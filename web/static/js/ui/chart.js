/** Curves by uPlot, in the colours of the house, drawn from what the reply holds and nothing else. */

import uPlot from "../../vendor/uplot-1.6.32/uPlot.esm.js";
import { plural } from "../lib/format.js";
import { html, useEffect, useRef } from "../lib/html.js";
import { label, shown } from "../lib/metrics.js";

const HEIGHT = 240;
const INKS = [
  ["#f5cd87", "rgb(232 185 104 / 16%)"],
  ["#dc4a62", "rgb(199 55 79 / 18%)"],
];

const MINUTE_MS = 60_000;
/** Steps of an axis that people read without counting: whole people; a drift's milliseconds, seconds, minutes, hours, days. */
const STEPS = {
  count: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000],
  ms: [10, 20, 50, 100, 200, 500, 1_000, 5_000, 15_000, 30_000, ...[1, 2, 5, 10, 30, 60, 120, 360, 720, 1_440, 7_200].map((n) => n * MINUTE_MS)],
};

const axis = (more = {}) => ({
  stroke: "#a3958e",
  font: "12px Inter, system-ui, sans-serif",
  grid: { stroke: "rgb(255 255 255 / 6%)", width: 1 },
  ticks: { show: false },
  ...more,
});

const momentOf = (at) => (typeof at === "number" ? at : Date.parse(at)) / 1000;

/** From when to when to draw, in seconds: all points, the last one's bar with them, and at least `least`. */
function extent(times, bin, least) {
  const from = Math.min(times[0], least?.[0] ?? Infinity);
  const to = Math.max(times.at(-1) + bin, least?.[1] ?? -Infinity);
  return [from, to];
}

function options(name, series, times, { bars, ink, width, days, span: least }) {
  const [stroke, fill] = INKS[ink];
  const bin = bars ? (days ? 86_400 : 60) : 0;
  const [from, to] = extent(times, bin, least);
  const barShare = Math.max(2, Math.min(64, ((width - 90) * bin * 0.8) / Math.max(to - from, 1)));
  return {
    width,
    height: HEIGHT,
    cursor: { points: { size: 7 }, y: false },
    // Days of a dashboard are days of UTC; moments of a party are read in the reader's own zone.
    tzDate: (seconds) => (days ? uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : new Date(seconds * 1000)),
    scales: {
      x: { range: () => [from, Math.max(to, from + 1)] },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.15, 1)] },
    },
    axes: [
      axis({ incrs: days ? [1, 2, 7, 14, 28, 91].map((n) => n * 86_400) : undefined }),
      axis({
        size: series.unit === "ms" ? 84 : 52,
        incrs: STEPS[series.unit],
        values: (_plot, ticks) => ticks.map((tick) => (tick === 0 ? "0" : shown(tick, series.unit))),
      }),
    ],
    series: [
      { label: days ? "Day" : "Time", value: (_plot, seconds) => (seconds === null ? "–" : moment(seconds, days)) },
      {
        label: label(name),
        stroke,
        fill: bars ? stroke : fill,
        width: bars ? 0 : 2,
        paths: bars ? uPlot.paths.bars({ align: 1, size: [1, barShare], radius: 0.08 }) : uPlot.paths.stepped({ align: 1 }),
        points: { show: false },
        value: (_plot, value) => shown(value, series.unit) ?? "–",
      },
    ],
  };
}

function moment(seconds, days) {
  const at = new Date(seconds * 1000);
  return days ? at.toLocaleDateString([], { timeZone: "UTC", dateStyle: "medium" }) : at.toLocaleTimeString();
}

function Plot({ name, series, ...how }) {
  const place = useRef(null);
  useEffect(() => {
    const times = series.points.map(([at]) => momentOf(at));
    const values = series.points.map(([, value]) => value);
    const width = place.current.clientWidth;
    const plot = new uPlot(options(name, series, times, { ...how, width }), [times, values], place.current);
    const watcher = new ResizeObserver(() => plot.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [series]);
  return html`<div class="plot" ref=${place} aria-hidden="true"></div>`;
}

/** The same figures for those who cannot see the curve. */
function Spoken({ series }) {
  const values = series.points.map(([, value]) => value).filter((value) => value !== null);
  const most = Math.max(...values);
  return html`<p class="unseen">${plural(series.points.length, "reading")}, the highest ${shown(most, series.unit)}.</p>`;
}

/**
 * One series. `bars` for what is counted in a stretch of time, a stepped line for what holds from moment to moment; `days`
 * where each point is a day of UTC; `span` [from, to] in seconds to be shown at least.
 */
export function Chart({ name, series, bars = false, ink = 0, days = false, span = null }) {
  return html`<figure class="card chart">
    <figcaption><h3>${label(name)}</h3></figcaption>
    <${Spoken} series=${series} />
    <${Plot} name=${name} series=${series} bars=${bars} ink=${ink} days=${days} span=${span} />
  </figure>`;
}
