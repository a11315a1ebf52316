/** The analytics jobs: what they do, how their last run went, and running one now. */

import { html, useState } from "../lib/html.js";
import { fullMoment, relative, span } from "../lib/format.js";
import { jobRuns, jobs, runJob } from "../net/admin.js";
import { Loading, Trouble, useLoaded } from "../ui/frame.js";
import { usePages } from "../ui/paging.js";
import { Table } from "./parts.js";

const at = (text) => relative(Date.parse(text));
const took = (run) => (run.finished_at ? span(Math.max(0, Date.parse(run.finished_at) - Date.parse(run.started_at))) : "–");
const badge = (state) => ({ done: "sure", failed: "live" })[state] ?? "";

function Job({ job, busy, onRun }) {
  const { last_run: last, last_request: asked } = job;
  const waits = asked && ["waiting", "running"].includes(asked.state);
  return html`<li class="entry"><div class="grow"><b>${job.name.replaceAll("_", " ")}</b> <span class="small quiet">${job.meaning}</span>
      <div class="small quiet">${job.schedule} · next ${at(job.next_at)}${last ? ` · last ${at(last.started_at)}, ${took(last)}` : " · has not run yet"}</div>
      ${last?.error && html`<div class="small wrong whole">${last.error}</div>`}</div>
    ${last && html`<span class=${`badge ${badge(last.state)}`}>${last.state}</span>`}
    <button class="button" disabled=${busy || waits} aria-label=${`Run ${job.name} now`} onClick=${() => onRun(job.name)}>${waits ? `${asked.state}…` : "Run now"}</button></li>`;
}

export function Jobs() {
  const { value, error, again } = useLoaded(jobs, []);
  const runs = usePages(jobRuns, []);
  const [state, set] = useState({ busy: false, error: null });
  const run = async (name) => {
    set({ busy: true, error: null });
    const problem = await runJob(name).then(() => null, (refused) => refused);
    set({ busy: false, error: problem });
    again();
  };
  const row = (one) => html`<tr key=${one.id}><td><b>${one.job.replaceAll("_", " ")}</b><div class="small quiet">${one.slot}</div></td>
    <td><span class=${`badge ${badge(one.state)}`}>${one.state}</span>${one.error && html`<div class="small wrong whole">${one.error}</div>`}</td>
    <td class="figures small">${fullMoment(Date.parse(one.started_at))}</td><td class="number">${took(one)}</td><td class="number">${one.rows ?? "–"}</td></tr>`;
  return html`${(error || state.error) && html`<${Trouble} error=${error ?? state.error} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && (value.items.length
      ? html`<ul class="card flat lines">${value.items.map((job) => html`<${Job} key=${job.name} job=${job} busy=${state.busy} onRun=${run} />`)}</ul>`
      : html`<div class="empty"><h3>No scheduler has run yet</h3><p>It starts with the pipeline.</p></div>`)}
    <div class="row spread"><h2>Runs</h2><button class="button" onClick=${() => { again(); runs.again(); }}>Look again</button></div>
    <${Table} pages=${runs} heads=${["Job", "State", "Started", "Took", "Rows"]} row=${row} empty="No runs yet" />`;
}
