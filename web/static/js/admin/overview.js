/** How the place does, in numbers that were counted. */

import { html } from "../lib/html.js";
import { bytes, relative } from "../lib/format.js";
import { overview } from "../net/admin.js";
import { Loading, Trouble, useLoaded } from "../ui/frame.js";
import { Now } from "./now.js";

const count = (n) => n.toLocaleString("en");
const TILES = [
  ["People", (v) => count(v.users), (v) => `${count(v.verified_users)} with a confirmed address`],
  ["Here today", (v) => count(v.active_today), () => "signed in or came back since midnight UTC"],
  ["Parties on", (v) => count(v.live_parties), (v) => `${count(v.open_sockets)} open sockets at this node`],
  ["Open reports", (v) => count(v.open_reports), () => "wait for somebody", "/admin/reports"],
  ["Jobs that failed", (v) => count(v.failed_jobs), () => "in their last try", "/admin/jobs"],
  ["Mails waiting", (v) => count(v.mails_pending), (v) => `${count(v.mails_failed)} failed in seven days`],
  ["Disk free", (v) => bytes(v.disk_free_bytes), (v) => `of ${bytes(v.disk_total_bytes)}`],
];

export function Overview() {
  const { value, error, again } = useLoaded(overview, []);
  if (error) return html`<${Trouble} error=${error} retry=${again} />`;
  if (!value) return html`<${Loading} />`;
  return html`<div class="row spread"><p class="fresh">Counted ${relative(Date.parse(value.computed_at))}</p>
      <button class="button" onClick=${again}>Count again</button></div>
    <dl class="tiles">${TILES.map(([words, figure, note, href]) => html`<div class="tile" key=${words}>
      <dt>${href ? html`<a href=${href}>${words}</a>` : words}</dt><dd class="value">${figure(value)}</dd><dd class="note">${note(value)}</dd></div>`)}</dl><${Now} />`;
}
