/** What a dashboard lists beside its figures: films, what was watched with and from where, and when most people come. */

import { clockTime, plural, timeOfDay } from "../lib/format.js";
import { html } from "../lib/html.js";
import { reason, shown } from "../lib/metrics.js";
import { filmReportPath } from "../lib/places.js";

const share = (value, whole) => (whole ? value / whole : 0);

function Bar({ of }) {
  return html`<span class="bar" aria-hidden="true"><span style=${{ inlineSize: `${(of * 100).toFixed(1)}%` }} /></span>`;
}

export function TopFilms({ films }) {
  if (!films.length) return null;
  const most = Math.max(...films.map((film) => film.watch_time_ms));
  return html`<section class="group"><h2>Your films</h2><div class="card scroll"><table class="table">
    <thead><tr><th>Film</th><th class="number">Views</th><th class="number">Average view</th><th class="number">Watch time</th><th><span class="unseen">Share</span></th></tr></thead>
    <tbody>${films.map((film) => html`<tr key=${film.video_id}>
      <td><a href=${filmReportPath(film.video_id)}>${film.title}</a></td>
      <td class="number">${shown(film.views, "count")}</td>
      <td class="number">${shown(film.average_view_duration_ms, "ms") ?? "–"}</td>
      <td class="number">${shown(film.watch_time_ms, "ms")}</td>
      <td class="wide"><${Bar} of=${share(film.watch_time_ms, most)} /></td></tr>`)}</tbody></table></div></section>`;
}

/** `cells` are [{key, people, figures}]; small ones come together as `other`. */
export function Cells({ title, cells }) {
  if (!cells.length) return null;
  const whole = cells.reduce((sum, { figures }) => sum + (figures.watch_time_ms ?? 0), 0);
  return html`<section class="card cells" aria-label=${title}><h3>${title}</h3><table class="table">
    <thead><tr><th><span class="unseen">${title}</span></th><th class="number">People</th><th class="number">Watch time</th><th><span class="unseen">Share</span></th></tr></thead>
    <tbody>${cells.map(({ key, people, figures }) => html`<tr key=${key}><td>${key}</td>
      <td class="number">${shown(people, "count")}</td>
      <td class="number">${shown(figures.watch_time_ms, "ms") ?? "–"}</td>
      <td class="wide"><${Bar} of=${share(figures.watch_time_ms ?? 0, whole)} /></td></tr>`)}</tbody></table></section>`;
}

const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;

export function BestHour({ best }) {
  const known = best.hours.filter(({ average_concurrent_viewers: viewers }) => viewers !== null);
  if (!known.length) return null;
  const most = Math.max(...known.map(({ average_concurrent_viewers: viewers }) => viewers));
  return html`<section class="card cells" aria-label="Best hour"><h3>${best.hour === null ? reason(best.reason) : `Best at ${clock(best.hour)} UTC`}</h3>
    <table class="table"><thead><tr><th>Hour</th><th class="number">At once, on average</th><th><span class="unseen">Share</span></th></tr></thead>
    <tbody>${known.map(({ hour, average_concurrent_viewers: viewers }) => html`<tr key=${hour}><td class="figures">${clock(hour)}</td>
      <td class="number">${shown(viewers, "count")}</td><td class="wide"><${Bar} of=${share(viewers, most)} /></td></tr>`)}</tbody></table></section>`;
}

/** The moments in which people spoke up together, in order. */
export function Highlights({ moments }) {
  if (!moments.length) return null;
  return html`<section class="card cells" aria-label="Highlights"><h3>Highlights</h3><table class="table">
    <thead><tr><th>In the film</th><th>At</th><th>What</th></tr></thead>
    <tbody>${moments.map((moment) => html`<tr key=${moment.start_ms}>
      <td class="figures">${moment.position_ms === null ? "–" : clockTime(moment.position_ms)}</td>
      <td class="figures">${timeOfDay(moment.at_ms)}</td>
      <td>${moment.kind === "reaction" ? "Reactions" : "Chat"} of ${plural(moment.people, "person", "people")}</td></tr>`)}</tbody></table></section>`;
}

/** Who was there, the longest first. */
export function Attendance({ people }) {
  if (!people.length) return null;
  const most = Math.max(...people.map(({ minutes }) => minutes));
  return html`<section class="card cells" aria-label="Who was there"><h3>Who was there</h3><table class="table">
    <thead><tr><th>Name</th><th class="number">Minutes</th><th><span class="unseen">Share</span></th></tr></thead>
    <tbody>${people.map(({ name, guest, minutes }, i) => html`<tr key=${i}><td>${name ?? (guest ? "A guest" : "Somebody")}</td>
      <td class="number">${shown(minutes, "count")}</td>
      <td class="wide"><${Bar} of=${share(minutes, most)} /></td></tr>`)}</tbody></table></section>`;
}
