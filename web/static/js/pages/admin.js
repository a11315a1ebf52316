/** The place as staff look after it. The page is a shell: whoever is no staff is shown nothing, for the API gives them nothing. */

import { Audit } from "../admin/audit.js";
import { Jobs } from "../admin/jobs.js";
import { Overview } from "../admin/overview.js";
import { Reauthentication } from "../admin/parts.js";
import { Reports } from "../admin/reports.js";
import { Settings } from "../admin/settings.js";
import { Things } from "../admin/things.js";
import { Users } from "../admin/users.js";
import { html } from "../lib/html.js";
import { mount, useSession } from "../ui/frame.js";
import { MembersOnly } from "../ui/members-only.js";
import { Top } from "../ui/top.js";

const PARTS = {
  overview: ["Overview", () => html`<${Overview} />`],
  users: ["Users", (me) => html`<${Users} me=${me} />`],
  reports: ["Reports", (me) => html`<${Reports} me=${me} />`],
  parties: ["Parties", () => html`<${Things} kind="parties" />`],
  videos: ["Films", () => html`<${Things} kind="videos" />`],
  jobs: ["Jobs", () => html`<${Jobs} />`],
  settings: ["Settings", () => html`<${Settings} />`],
  audit: ["Audit log", () => html`<${Audit} />`],
};
const HERE = location.pathname.split("/")[2] || "overview";

function Staff({ me }) {
  if (me.role !== "staff") {
    return html`<div class="empty"><h3>For staff only</h3><p>Your account is not one of them.</p><a class="button" href="/">Back to the lobby</a></div>`;
  }
  const [words, draw] = PARTS[HERE] ?? ["There is no such part", () => null];
  return html`<nav class="parts" aria-label="Parts of the admin pages">${Object.entries(PARTS).map(([name, [title]]) => html`<a key=${name}
      href=${name === "overview" ? "/admin" : `/admin/${name}`} aria-current=${name === HERE ? "page" : undefined}>${title}</a>`)}</nav>
    <div class="stack desk"><h1>${words}</h1>${draw(me)}</div><${Reauthentication} />`;
}

function Admin() {
  const session = useSession();
  return html`<${Top} session=${session} />
    <main id="main" class="wrap page"><div class="account admin">
      <${MembersOnly} session=${session}><${Staff} me=${session.user} /></${MembersOnly}></div></main>`;
}

mount(Admin);
