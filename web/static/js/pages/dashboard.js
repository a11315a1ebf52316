/** One's own dashboard: what people watched at one's parties, and the way to each party's report. */

import { html, useState } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { replayPath } from "../lib/places.js";
import { parties, personalDashboard } from "../net/api.js";
import { BestHour, Cells, TopFilms } from "../ui/breakdowns.js";
import { Loading, Trouble, mount, signInPath, useLoaded, useSession } from "../ui/frame.js";
import { Ranges, spanOf } from "../ui/ranges.js";
import { Charts, Freshness, Tiles } from "../ui/report.js";
import { Top } from "../ui/top.js";

/** Parties that one hosts or was at; of the others' only the host reads the report. */
function Own({ user }) {
  const { value, error } = useLoaded(() => parties("mine", null, 50), []);
  if (error) return html`<${Trouble} error=${error} />`;
  if (!value) return html`<${Loading} />`;
  if (!value.items.length) {
    return html`<div class="empty"><h3>No parties yet</h3><p>Host one, and its report stands here.</p>
      <a class="button primary" href="/">Start a party</a></div>`;
  }
  return html`<div class="card scroll"><table class="table">
    <thead><tr><th>Party</th><th>State</th><th>Opened</th><th class="number">People</th><th><span class="unseen">Report and replay</span></th></tr></thead>
    <tbody>${value.items.map((party) => html`<tr key=${party.id}>
      <td><a href=${`/p/${party.code}`}>${party.title}</a></td>
      <td><span class=${`badge ${party.status === "live" ? "live" : ""}`}>${party.status}</span></td>
      <td class="figures">${fullMoment(Date.parse(party.created_at))}</td>
      <td class="number">${party.members_count ?? "–"}</td>
      <td>${party.host_id === user.id && html`<a href=${`/dashboard/parties/${party.id}`} aria-label=${`Report of ${party.title}`}>Report</a> `}
        ${party.status === "ended" && html`<a href=${replayPath(party.code)} aria-label=${`Watch ${party.title} again`}>Watch again</a>`}</td></tr>`)}</tbody>
  </table></div>`;
}

function Figures({ user }) {
  const [range, choose] = useState("28d");
  const { value, error, loading, again } = useLoaded(() => personalDashboard(range), [range]);
  return html`
    <div class="row spread"><div><h1>Your dashboard</h1>${value && html`<${Freshness} report=${value} />`}</div>
      <${Ranges} range=${range} choose=${choose} /></div>
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${loading && !value && html`<${Loading} words="Adding up…" />`}
    ${value && html`<${Tiles} metrics=${value.metrics} />
      <${TopFilms} films=${value.top_videos} />
      <div class="charts"><${BestHour} best=${value.best_hour} /><${Cells} title="Watched with" cells=${value.devices} />
        <${Cells} title="From where" cells=${value.countries} /></div>
      <${Charts} series=${value.series} bars=${() => range !== "24h"} days=${range !== "24h"} span=${spanOf(range, value.range)} />`}
    <h2>Your evenings</h2><${Own} user=${user} />`;
}

function Dashboard() {
  const session = useSession();
  if (session.ready && !session.user && !session.failed) location.replace(signInPath());
  return html`<${Top} session=${session} />
    <main id="main" class="wrap report">
      ${session.failed && html`<${Trouble} error=${session.failed} retry=${() => location.reload()} />`}
      ${session.user ? html`<${Figures} user=${session.user} />` : html`<${Loading} />`}</main>`;
}

mount(Dashboard);
