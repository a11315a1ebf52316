/** What people reported: taken, and closed with a measure or as nothing to do. */

import { html, useState } from "../lib/html.js";
import { relative } from "../lib/format.js";
import { assignReport, dismissReport, reports, resolveReport } from "../net/admin.js";
import { Area, Choice } from "../ui/forms.js";
import { Loading, Trouble } from "../ui/frame.js";
import { More, usePages } from "../ui/paging.js";
import { REASONS } from "../ui/report-dialog.js";
import { Deed, Filter } from "./parts.js";

const STATES = [["open", "Open"], ["assigned", "Taken"], ["closed", "Closed"]];
const MEASURES = [["none", "Nothing more"], ["warn", "Warn whoever answers for it"], ["remove_content", "Remove it"], ["suspend", "Suspend the account"], ["ban", "Ban the account"]];
const reason = (code) => REASONS.find(([value]) => value === code)?.[1] ?? code;

const ASKED = {
  resolve: ["Resolve the report", "The measure is carried out at once, and who reported it is told.", resolveReport],
  dismiss: ["Dismiss the report", "There is nothing to do about it; who reported it is told.", dismissReport],
};

function Asked({ report, deed, onClose, onDone }) {
  const [title, words, send] = ASKED[deed];
  return html`<${Deed} title=${title} words=${words} doing=${deed === "resolve" ? "Resolve" : "Dismiss"} onClose=${onClose} onDone=${onDone}
    send=${(form) => send(report.id, form)}>
    ${deed === "resolve" && html`<${Choice} label="Measure" name="measure" options=${MEASURES} />`}
    <${Area} label="Note for the staff" name="note" rows="3" maxlength="2000" /></${Deed}>`;
}

function Report({ report, me, onTake, onAsk }) {
  const closed = ["resolved", "dismissed"].includes(report.state);
  return html`<li class="card stack report-card" aria-label=${`Report of a ${report.kind}`}>
    <div class="row"><span class="badge role">${report.kind}</span><span class="badge">${report.state}</span>
      ${report.measure && html`<span class="badge">${report.measure.replaceAll("_", " ")}</span>`}
      <span class="grow"></span><span class="small quiet">${relative(Date.parse(report.created_at))}</span></div>
    <h3>${reason(report.reason)}</h3>
    ${report.text && html`<p class="whole">${report.text}</p>`}
    <dl class="facts">${Object.entries(report.evidence).map(([name, words]) => html`<div key=${name}><dt>${name.replaceAll("_", " ")}</dt><dd class="whole">${words}</dd></div>`)}</dl>
    ${report.note && html`<p class="small quiet">Note: ${report.note}</p>`}
    ${!closed && html`<div class="row">
      ${report.assigned_to === me.id
        ? html`<span class="badge sure">yours</span><button class="button" onClick=${() => onTake(report, { user_id: "none" })}>Give it back</button>`
        : html`<button class="button" onClick=${() => onTake(report, {})}>Take it</button>`}
      <span class="grow"></span><button class="button" onClick=${() => onAsk(report, "dismiss")}>Dismiss</button>
      <button class="button primary" onClick=${() => onAsk(report, "resolve")}>Resolve</button></div>`}
  </li>`;
}

export function Reports({ me }) {
  const [state, choose] = useState("open");
  const [doing, start] = useState(null);
  const [trouble, set] = useState(null);
  const pages = usePages((cursor) => reports({ state, cursor }), [state]);
  const take = (report, fields) => assignReport(report.id, fields).then(() => set(null), set).finally(pages.again);
  const { items, error } = pages;
  return html`<${Filter} label="State" options=${STATES} chosen=${state} choose=${choose} />
    ${(error || trouble) && html`<${Trouble} error=${error ?? trouble} retry=${pages.again} />`}
    ${!items && !error && html`<${Loading} />`}
    ${items && (items.length
      ? html`<ul class="report-cards">${items.map((report) => html`<${Report} key=${report.id} report=${report} me=${me} onTake=${take}
          onAsk=${(one, deed) => start({ report: one, deed })} />`)}</ul>`
      : html`<div class="empty"><h3>None of these</h3><p>What people report stands here.</p></div>`)}
    <${More} pages=${pages} />
    ${doing && html`<${Asked} ...${doing} onClose=${() => start(null)} onDone=${pages.again} />`}`;
}
