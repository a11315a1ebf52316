/** What was found, by kind; one kind by itself goes on page by page. */

import { html, useState } from "../lib/html.js";
import { clockTime, plural, relative } from "../lib/format.js";
import { partyPath, personPath, searchPath } from "../lib/places.js";
import { search } from "../net/search.js";
import { CreateParty } from "../ui/create.js";
import { Avatar, Loading, Trouble, mount, useLoaded, useSession } from "../ui/frame.js";
import { Film, Ticket } from "../ui/icons.js";
import { More, usePages } from "../ui/paging.js";
import { SearchBox } from "../ui/search-box.js";
import { Top } from "../ui/top.js";

const asked = new URLSearchParams(location.search);
const QUESTION = (asked.get("q") ?? "").trim();
const KINDS = [
  ["parties", "Parties"],
  ["videos", "Films"],
  ["users", "People"],
];
const KIND = KINDS.find(([kind]) => kind === asked.get("kind"))?.[0] ?? null;
const FIRST = 5;

function Party({ found }) {
  const before = ["scheduled", "lobby"].includes(found.status) && Date.parse(found.scheduled_for) > Date.now();
  const when = before ? `starts ${relative(Date.parse(found.scheduled_for))}` : `opened ${relative(Date.parse(found.created_at))}`;
  return html`<li class="entry"><span class="kind"><${Ticket} /></span>
    <div class="grow"><a href=${partyPath(found.code)}><b>${found.title}</b></a>
      <div class="small quiet">${when}${found.members_count > 0 && ` · ${plural(found.members_count, "person has", "people have")} come`}
        ${found.visibility !== "public" && ` · ${found.visibility}`}</div></div>
    <span class=${`badge ${found.status === "live" ? "live" : ""}`}>${found.status}</span></li>`;
}

function Video({ found, onUse }) {
  return html`<li class="entry"><span class="kind"><${Film} /></span>
    <div class="grow"><b>${found.title}</b>
      <div class="small quiet figures">${[found.duration_ms && clockTime(found.duration_ms), `added ${relative(Date.parse(found.created_at))}`,
        found.visibility !== "public" && found.visibility, found.status !== "ready" && found.status].filter(Boolean).join(" · ")}</div></div>
    ${onUse && found.status === "ready" && html`<button class="button" aria-label=${`Watch ${found.title} together`}
      onClick=${() => onUse(found)}>Watch together</button>`}</li>`;
}

function User({ found }) {
  return html`<li class="entry"><${Avatar} id=${found.id} name=${found.display_name} picture=${found.avatar_url} />
    <div class="grow"><a href=${personPath(found.username)}><b>${found.display_name}</b></a>
      <div class="small quiet">@${found.username}</div></div></li>`;
}

const ROWS = { party: Party, video: Video, user: User };

function Rows({ items, onUse }) {
  return html`<ul class="lines">${items.map((found) => html`<${ROWS[found.kind]} key=${found.id} found=${found} onUse=${onUse} />`)}</ul>`;
}

const Nothing = ({ words = "Nothing matches" }) => html`<div class="empty"><h3>Nothing found</h3>
  <p>${words} “${QUESTION}”. A beginning of a word is enough, and one slip of the pen is forgiven.</p></div>`;

/** The first of each kind. */
function All({ onUse }) {
  const read = (kind) => search({ q: QUESTION, kind, limit: FIRST });
  const { value, error, again } = useLoaded(() => Promise.all(KINDS.map(([kind]) => read(kind))), []);
  if (error) return html`<${Trouble} error=${error} retry=${again} />`;
  if (!value) return html`<${Loading} words="Looking…" />`;
  if (value.every((page) => !page.items.length)) return html`<${Nothing} />`;
  return KINDS.map(([kind, words], i) => value[i].items.length > 0 && html`<section key=${kind} class="stack" aria-label=${words}>
    <div class="row spread"><h2>${words}</h2>${value[i].next && html`<a href=${searchPath(QUESTION, kind)}>All ${words.toLowerCase()}</a>`}</div>
    <div class="card flat"><${Rows} items=${value[i].items} onUse=${onUse} /></div></section>`);
}

function One({ kind, onUse }) {
  const pages = usePages((cursor) => search({ q: QUESTION, kind, cursor }), []);
  const { items, error, again } = pages;
  return html`${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!items && !error && html`<${Loading} words="Looking…" />`}
    ${items && (items.length ? html`<div class="card flat"><${Rows} items=${items} onUse=${onUse} /></div>`
      : html`<${Nothing} words=${`No ${KINDS.find(([name]) => name === kind)[1].toLowerCase()} match`} />`)}
    <${More} pages=${pages} />`;
}

function Results({ user }) {
  const [chosen, choose] = useState(null);
  const tab = (kind, words) => html`<a key=${words} href=${searchPath(QUESTION, kind)} aria-current=${kind === KIND ? "page" : undefined}>${words}</a>`;
  const onUse = user ? choose : null;
  return html`<nav class="ranges" aria-label="Kinds of results">${tab(null, "All")}${KINDS.map(([kind, words]) => tab(kind, words))}</nav>
    ${KIND ? html`<${One} kind=${KIND} onUse=${onUse} />` : html`<${All} onUse=${onUse} />`}
    ${chosen && html`<${CreateParty} chosen=${chosen.id} onClose=${() => choose(null)} />`}`;
}

function Search() {
  const session = useSession();
  return html`<${Top} session=${session} search=${false} />
    <main id="main" class="wrap page narrow stack results"><h1>${QUESTION ? `“${QUESTION}”` : "Search"}</h1>
      <${SearchBox} value=${QUESTION} />
      ${QUESTION
        ? session.ready ? html`<${Results} user=${session.user} />` : html`<${Loading} />`
        : html`<p class="quiet">Parties by their title, films, and people by name.</p>`}</main>`;
}

mount(Search);
