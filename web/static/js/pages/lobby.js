/** The lobby: enter by a code, see what is on, start a party, bring a film. */

import { html, useState } from "../lib/html.js";
import { clockTime, fullMoment, hueOf, plural, relative } from "../lib/format.js";
import { parties, videos } from "../net/api.js";
import { CreateParty } from "../ui/create.js";
import { Field, useSubmit } from "../ui/forms.js";
import { Loading, Trouble, mount, useLoaded, useSession } from "../ui/frame.js";
import { Plus, Upload as UploadIcon } from "../ui/icons.js";
import { Top } from "../ui/top.js";
import { Upload } from "../ui/upload.js";
import { VerifyHint } from "../ui/verify-hint.js";

/** "abcd 1234" and a whole link both lead to the code. */
export function codeIn(text) {
  const path = text.trim().match(/\/p\/([^/?#\s]+)/);
  return (path ? path[1] : text).replaceAll(/[\s-]/g, "");
}

function Enter() {
  const { submit } = useSubmit(async ({ code }) => location.assign(`/p/${encodeURIComponent(codeIn(code))}`));
  return html`<form class="card stack enter" onSubmit=${submit}>
    <h2>Have a code?</h2>
    <${Field} label="Party code or link" name="code" required placeholder="ABCD1234" autocomplete="off" spellcheck="false" />
    <button class="button primary big">Take a seat</button>
  </form>`;
}

function when(party) {
  const before = ["scheduled", "lobby"].includes(party.status) && party.scheduled_for && !party.started_at;
  if (before && Date.parse(party.scheduled_for) > Date.now()) return `Starts ${relative(Date.parse(party.scheduled_for))}`;
  if (party.status === "live" && party.started_at) return `Began ${relative(Date.parse(party.started_at))}`;
  if (party.status === "ended" && party.ended_at) return `Ended ${relative(Date.parse(party.ended_at))}`;
  return `Opened ${relative(Date.parse(party.created_at))}`;
}

/** A film's picture, or where there is none a stage in the party's own colour. */
function Poster({ film }) {
  return html`<span class="poster">${film?.thumbnail_url && html`<img src=${film.thumbnail_url} alt="" loading="lazy" />`}</span>`;
}

function Show({ party, mine, films }) {
  const moment = party.scheduled_for ?? party.started_at ?? party.created_at;
  const path = party.status === "ended" && mine ? `/dashboard/parties/${party.id}` : `/p/${party.code}`;
  const film = films.find((one) => one.id === party.video_id);
  return html`<li><a class=${`show hue-${hueOf(party.id)}`} href=${path}>
    <${Poster} film=${film} />
    <div class="row"><span class=${`badge ${party.status === "live" ? "live" : ""}`}>${party.status}</span>
      ${party.has_password && html`<span class="badge">password</span>`}
      <span class="code-text figures">${party.code}</span></div>
    <h3>${party.title}</h3>
    <div class="small">${film ? `${film.title} · ` : ""}<span title=${fullMoment(Date.parse(moment))}>${when(party)}</span>
      ${party.connected_count > 0 && ` · ${plural(party.connected_count, "person", "people")} here`}
      ${party.visibility !== "public" && ` · ${party.visibility}`}</div>
  </a></li>`;
}

function Programme({ title, filter, empty, hideEmpty, mine, films }) {
  const { value, error, loading, again } = useLoaded(() => parties(filter), [filter]);
  if (hideEmpty && !error && !value?.items.length) return null;
  return html`<section class="section" aria-label=${title}>
    <header><h2>${title}</h2></header>
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${loading && !value && html`<${Loading} words="Reading the programme…" />`}
    ${value && (value.items.length
      ? html`<ul class="programme">${value.items.map((party) => html`<${Show} key=${party.id} party=${party} mine=${mine} films=${films} />`)}</ul>`
      : html`<div class="empty"><h3>${empty[0]}</h3><p>${empty[1]}</p></div>`)}
  </section>`;
}

function Film({ video, onUse }) {
  const facts = [clockTime(video.duration_ms), video.height && `${video.width}×${video.height}`, video.visibility].filter(Boolean);
  return html`<li><div class=${`show hue-${hueOf(video.id)}`}>
    <${Poster} film=${video} />
    <h3>${video.title}</h3>
    <div class="small figures">${video.failure ?? facts.join(" · ")}</div>
    <div class="row"><span class="grow">${video.status !== "ready" && html`<span class="badge">${video.status}</span>`}</span>
      <button class="button" disabled=${video.status !== "ready"} onClick=${() => onUse(video)}>Watch together</button></div>
  </div></li>`;
}

function Films({ loaded, onUse, onUpload }) {
  const { value, error, again } = loaded;
  return html`<section class="section" aria-label="Films">
    <header><h2>Films</h2><span class="grow"></span>
      <button class="button" onClick=${onUpload}><${UploadIcon} />Upload a film</button></header>
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${value && (value.items.length
      ? html`<ul class="programme">${value.items.map((video) => html`<${Film} key=${video.id} video=${video} onUse=${onUse} />`)}</ul>`
      : html`<div class="empty"><h3>No films yet</h3><p>Upload one, and it can be on in a minute.</p></div>`)}
  </section>`;
}

function Lobby() {
  const session = useSession();
  const [open, show] = useState(null);
  const { user, ready } = session;
  const loaded = useLoaded(() => (ready ? videos() : new Promise(() => {})), [ready, user?.id]);
  const films = loaded.value?.items ?? [];
  const close = () => show(null);
  return html`<${Top} session=${session} />
    <main id="main" class="wrap">
      <section class="hero">
        <div><h1>Watch together, <em>to the frame.</em></h1>
          <p>Everybody sees the same picture at the same moment, wherever they sit. Pick a film, share the code, press play.</p>
          <div class="row">${user
            ? html`<button class="button primary big" onClick=${() => show({ party: {} })}><${Plus} />Start a party</button>
                <button class="button big" onClick=${() => show({ upload: true })}><${UploadIcon} />Upload a film</button>`
            : ready && html`<a class="button primary big" href="/register">Create an account</a>
                <a class="button big" href="/signin">Sign in to host</a>`}</div></div>
        <${Enter} />
      </section>
      <${VerifyHint} user=${user} />
      ${session.failed && html`<${Trouble} error=${session.failed} retry=${() => location.reload()} />`}
      ${ready && html`<${Programme} title="On now" filter="public" films=${films}
        empty=${["The house is dark", "No public party is on. Start one, or enter with a code."]} />`}
      ${user && html`
        <${Programme} title="Your parties" filter="mine" mine=${true} films=${films}
          empty=${["No parties yet", "Yours will stand here, with a report of how each one went."]} />
        <${Programme} title="Coming up" filter="upcoming" films=${films} hideEmpty=${true} empty=${["", ""]} />
        <${Films} loaded=${loaded} onUse=${(video) => show({ party: { chosen: video.id } })} onUpload=${() => show({ upload: true })} />`}
    </main>
    <footer class="wrap foot">Matinee · a watch party of your own · <a href="/docs">API</a></footer>
    ${open?.party && html`<${CreateParty} chosen=${open.party.chosen} onClose=${close} />`}
    ${open?.upload && html`<${Upload} onClose=${close} onReady=${(video) => {
      loaded.again();
      show({ party: { chosen: video.id } });
    }} />`}`;
}

mount(Lobby);
