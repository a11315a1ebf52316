/** Everybody's parties and films, and taking one away. */

import { html, useState } from "../lib/html.js";
import { bytes, clockTime, fullMoment } from "../lib/format.js";
import { partyPath } from "../lib/places.js";
import { removeThing, things } from "../net/admin.js";
import { Field } from "../ui/forms.js";
import { usePages } from "../ui/paging.js";
import { Deed, Filter, Table } from "./parts.js";

const KINDS = {
  parties: {
    states: [[null, "All"], ["live", "Live"], ["lobby", "Lobby"], ["scheduled", "Scheduled"], ["ended", "Ended"]],
    heads: ["Party", "State", "Seen by", "People", "Opened", ""],
    cells: (one) => html`<td><a href=${partyPath(one.code)}><b>${one.title}</b></a><div class="small quiet">${one.code}</div></td>
      <td><span class=${`badge ${one.status === "live" ? "live" : ""}`}>${one.status}</span></td><td>${one.visibility}</td>
      <td class="number">${one.members_count}</td>`,
    words: "It ends for everybody and is on no list any more.",
    removable: (one) => one.status !== "ended",
  },
  videos: {
    states: [[null, "All"], ["ready", "Ready"], ["processing", "Processing"], ["uploading", "Uploading"], ["failed", "Failed"]],
    heads: ["Film", "State", "Seen by", "Size", "Added", ""],
    cells: (one) => html`<td><b>${one.title}</b><div class="small quiet figures">${one.duration_ms ? clockTime(one.duration_ms) : one.source}</div></td>
      <td><span class="badge">${one.status}</span></td><td>${one.visibility}</td><td class="number">${one.size_bytes ? bytes(one.size_bytes) : "–"}</td>`,
    words: "It is taken down and its file removed.",
    removable: () => true,
  },
};

export function Things({ kind }) {
  const { states, heads, cells, words, removable } = KINDS[kind];
  const [status, choose] = useState(null);
  const [doing, start] = useState(null);
  const pages = usePages((cursor) => things(kind, { status, cursor }), [kind, status]);
  const row = (one) => html`<tr key=${one.id}>${cells(one)}<td class="figures small">${fullMoment(Date.parse(one.created_at))}</td>
    <td class="deeds">${removable(one) && html`<button class="button" aria-label=${`Remove ${one.title}`} onClick=${() => start(one)}>Remove</button>`}</td></tr>`;
  return html`<${Filter} label="State" options=${states} chosen=${status} choose=${choose} />
    <${Table} pages=${pages} heads=${heads} row=${row} empty="None of these" />
    ${doing && html`<${Deed} title=${`Remove ${doing.title}`} words=${words} doing="Remove" onClose=${() => start(null)} onDone=${pages.again}
      send=${({ reason }) => removeThing(kind, doing.id, reason)}>
      <${Field} label="Reason" name="reason" maxlength="500" hint="For the audit log." autocomplete="off" /></${Deed}>`}`;
}
