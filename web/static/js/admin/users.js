/** Accounts: found by the beginning of a name or address, shut out and let in again. */

import { html, useState } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { personPath } from "../lib/places.js";
import { actOnUser, users } from "../net/admin.js";
import { Choice, Field } from "../ui/forms.js";
import { usePages } from "../ui/paging.js";
import { Deed, Filter, Table } from "./parts.js";

const STATES = [[null, "All"], ["active", "Active"], ["suspended", "Suspended"], ["banned", "Banned"]];
const DAY_MS = 86_400_000;
const LENGTHS = [["1", "A day"], ["7", "A week"], ["30", "A month"], ["", "Until staff end it"]];
const until = (days) => (days ? { until: new Date(Date.now() + Number(days) * DAY_MS).toISOString() } : {});

const DEEDS = {
  suspend: ["Suspend", "Their sessions and sockets end at once.", ({ days, reason }) => ({ reason, ...until(days) })],
  ban: ["Ban", "For good; their e-mail address is shut out too.", ({ reason }) => ({ reason })],
  unsuspend: ["Let in again", "They can sign in again.", () => undefined],
  unban: ["Lift the ban", "They can sign in again.", () => undefined],
  staff: ["Make staff", "They can do all that you can.", () => ({ role: "staff" }), "role"],
  user: ["Take staff away", "It counts from their next request on.", () => ({ role: "user" }), "role"],
};
const offered = (one) => ({ active: ["suspend", "ban", one.role === "staff" ? "user" : "staff"], suspended: ["unsuspend", "ban"], banned: ["unban"] })[one.state];

function Asked({ one, deed, onClose, onDone }) {
  const [title, words, body, route = deed] = DEEDS[deed];
  return html`<${Deed} title=${`${title}: ${one.display_name}`} words=${words} doing=${title} onClose=${onClose} onDone=${onDone}
    send=${(form) => actOnUser(one.id, route, body(form))}>
    ${deed === "suspend" && html`<${Choice} label="For" name="days" options=${LENGTHS} chosen="7" />`}
    ${["suspend", "ban"].includes(deed) && html`<${Field} label="Reason" name="reason" required maxlength="500"
      hint="Kept in the audit log." autocomplete="off" />`}</${Deed}>`;
}

function State({ one }) {
  if (one.state === "active") return html`<span class="badge">${one.role === "staff" ? "staff" : "active"}</span>`;
  return html`<span class="badge live">${one.state}</span><div class="small quiet">${one.reason}
    ${one.suspended_until && html`<br />until ${fullMoment(Date.parse(one.suspended_until))}`}</div>`;
}

export function Users({ me }) {
  const [asked, ask] = useState({ q: "", state: null });
  const [doing, start] = useState(null);
  const pages = usePages((cursor) => users({ q: asked.q.trim(), state: asked.state, cursor }), [asked.q, asked.state]);
  const find = (event) => {
    event.preventDefault();
    ask({ ...asked, q: new FormData(event.target).get("q") });
  };
  const row = (one) => html`<tr key=${one.id}>
    <td><a href=${personPath(one.username)}><b>${one.display_name}</b></a><div class="small quiet">@${one.username}</div></td>
    <td class="whole">${one.email}${!one.verified && html`<div class="small quiet">not confirmed</div>`}</td>
    <td><${State} one=${one} /></td><td class="figures small">${fullMoment(Date.parse(one.created_at))}</td>
    <td class="deeds">${one.id !== me.id && offered(one).map((deed) => html`<button key=${deed} class="button" aria-label=${`${DEEDS[deed][0]}: ${one.display_name}`}
      onClick=${() => start({ one, deed })}>${DEEDS[deed][0]}</button>`)}</td></tr>`;
  return html`<div class="row spread"><form class="beside" role="search" onSubmit=${find}>
      <${Field} label="Beginning of a username or address" name="q" type="search" maxlength="254" autocomplete="off" />
      <button class="button">Find</button></form>
      <${Filter} label="State" options=${STATES} chosen=${asked.state} choose=${(state) => ask({ ...asked, state })} /></div>
    <${Table} pages=${pages} heads=${["Person", "E-mail", "State", "Since", ""]} row=${row} empty="Nobody of that kind" />
    ${doing && html`<${Asked} ...${doing} onClose=${() => start(null)} onDone=${pages.again} />`}`;
}
