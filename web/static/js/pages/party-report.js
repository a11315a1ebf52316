/** The report of one party. */

import { html } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { partyPath, replayPath } from "../lib/places.js";
import { party as readParty, partyDashboard } from "../net/api.js";
import { Attendance, Highlights } from "../ui/breakdowns.js";
import { Loading, Trouble, mount, useLoaded, useSession } from "../ui/frame.js";
import { OwnReport } from "../ui/own-report.js";
import { Charts, Freshness, Tiles } from "../ui/report.js";
import { Top } from "../ui/top.js";

const ID = decodeURIComponent(location.pathname.split("/").at(-1));

function Head({ party }) {
  const moments = [
    ["Opened", party.created_at],
    ["First play", party.started_at],
    ["Ended", party.ended_at],
  ].filter(([, at]) => at);
  return html`<div><div class="row"><h1>${party.title}</h1>
    <span class=${`badge ${party.status === "live" ? "live" : ""}`}>${party.status}</span></div>
    <p class="fresh">${moments.map(([words, at]) => html`<span key=${words}>${words} ${fullMoment(Date.parse(at))}</span>`)}
      ${party.status === "ended"
        ? html`<a href=${replayPath(party.code)}>Watch it again</a>`
        : html`<a href=${partyPath(party.code)}>Go to the party</a>`}</p></div>`;
}

function Report() {
  const party = useLoaded(() => readParty(ID), []);
  const report = useLoaded(() => partyDashboard(ID), []);
  const { value, error, again } = report;
  return html`
    ${party.value && html`<${Head} party=${party.value} />`}
    ${party.error && html`<${Trouble} error=${party.error} retry=${party.again} />`}
    ${error && error.message !== party.error?.message && html`<${Trouble} error=${error} retry=${again} />`}
    ${!value && !error && html`<${Loading} words="Adding up…" />`}
    ${value && html`<${Freshness} report=${value} /><${Tiles} metrics=${value.metrics} />
      <div class="charts"><${Highlights} moments=${value.highlights} /><${Attendance} people=${value.attendance} /></div>
      <${Charts} series=${value.series} bars=${(name) => /chat|reactions|message/.test(name)} />`}`;
}

function Page() {
  const session = useSession();
  return html`<${Top} session=${session} /><${OwnReport} session=${session} report=${Report} />`;
}

mount(Page);
