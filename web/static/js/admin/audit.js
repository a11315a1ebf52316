/** What staff did, the newest first. */

import { html, useState } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { auditLog } from "../net/admin.js";
import { Field } from "../ui/forms.js";
import { usePages } from "../ui/paging.js";
import { Table } from "./parts.js";

const details = (entry) => Object.entries(entry.details).map(([name, words]) => `${name.replaceAll("_", " ")}: ${words}`).join(" · ");

export function Audit() {
  const [action, choose] = useState("");
  const pages = usePages((cursor) => auditLog({ action, cursor }), [action]);
  const find = (event) => {
    event.preventDefault();
    choose(new FormData(event.target).get("action").trim());
  };
  const row = (one) => html`<tr key=${one.id}><td class="figures small">${fullMoment(Date.parse(one.at))}</td><td><b>${one.by_name}</b></td>
    <td>${one.action}${one.about_kind && html`<div class="small quiet whole">${one.about_kind} ${one.about_id}</div>`}</td>
    <td class="small whole">${details(one) || "–"}</td><td><span class=${`badge ${one.outcome === "done" ? "sure" : "live"}`}>${one.outcome}</span></td>
    <td class="small figures">${one.ip}</td></tr>`;
  return html`<form class="beside" role="search" onSubmit=${find}><${Field} label="Action" name="action" type="search" placeholder="user.suspend"
      maxlength="64" autocomplete="off" spellcheck="false" /><button class="button">Find</button></form>
    <${Table} pages=${pages} heads=${["When", "Who", "Did", "With", "Outcome", "From"]} row=${row} empty="Nothing of that kind" />`;
}
