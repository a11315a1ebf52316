/** Somebody's page: who they are, what they host and show, and what one does about them. */

import { html, useState } from "../lib/html.js";
import { clockTime, fullMoment, hueOf, plural } from "../lib/format.js";
import { partyPath } from "../lib/places.js";
import { videos } from "../net/api.js";
import { block, filmsOf, follow, partiesOf, person as readPerson, unblock, unfollow } from "../net/people.js";
import { Dialog } from "../ui/forms.js";
import { Avatar, Loading, Trouble, mount, signInPath, useLoaded, useSession } from "../ui/frame.js";
import { Flag } from "../ui/icons.js";
import { More, usePages } from "../ui/paging.js";
import { ReportDialog } from "../ui/report-dialog.js";
import { Top } from "../ui/top.js";

const USERNAME = decodeURIComponent(location.pathname.split("/").at(-1));

function Sure({ person, act, onClose }) {
  const name = person.display_name;
  return html`<${Dialog} title=${`Block ${name}?`} onClose=${onClose}><div class="stack">
    <p>Neither of you follows the other any more. ${name} is out of your parties and sees nothing of yours. They are not told.</p>
    <div class="row"><button class="button primary" onClick=${act}>Block</button>
      <button class="button" onClick=${onClose}>Leave it</button></div></div></${Dialog}>`;
}

/** What one may do about somebody else; strangers are led to sign in. */
function Deeds({ person, user, onChanged, onBlocked }) {
  const [open, show] = useState(null);
  const [state, set] = useState({ busy: false, error: null });
  const act = async (send, then) => {
    set({ busy: true, error: null });
    try {
      await send(person.username);
      set({ busy: false, error: null });
      then();
    } catch (error) {
      set({ busy: false, error });
    }
  };
  const shut = () => show(null);
  if (!user) return html`<a class="button primary" href=${signInPath()}>Sign in to follow</a>`;
  if (user.id === person.id) return html`<a class="button" href="/me">Change your profile</a>`;
  return html`<div class="row">
    ${person.you_follow
      ? html`<button class="button" disabled=${state.busy} onClick=${() => act(unfollow, onChanged)}>Unfollow</button>`
      : html`<button class="button primary" disabled=${state.busy} onClick=${() => act(follow, onChanged)}>Follow</button>`}
    <button class="button plain" onClick=${() => show("block")}>Block</button>
    <button class="button plain" onClick=${() => show("report")}><${Flag} />Report</button></div>
    ${state.error && html`<${Trouble} error=${state.error} />`}
    ${open === "block" && html`<${Sure} person=${person} onClose=${shut} act=${() => act(block, onBlocked).then(shut)} />`}
    ${open === "report" && html`<${ReportDialog} about=${{ kind: "user", id: person.id }} name=${person.display_name} onClose=${shut} />`}`;
}

function Facts({ person }) {
  const facts = [
    person.followers_count !== undefined && plural(person.followers_count, "follower"),
    person.following_count !== undefined && `follows ${person.following_count}`,
    person.created_at && `here since ${new Date(person.created_at).toLocaleDateString([], { month: "long", year: "numeric" })}`,
  ].filter(Boolean);
  return html`<p class="quiet small figures">${facts.join(" · ")}</p>`;
}

function Head({ person, user, onChanged, onBlocked }) {
  const mine = user?.id === person.id;
  return html`<header class="card profile-head">
    <${Avatar} id=${person.id} name=${person.display_name} picture=${person.avatar_url}
      guarded=${person.privacy !== "public"} big=${true} />
    <div class="stack words"><div><div class="row"><h1>${person.display_name}</h1>
        ${person.follows_you && html`<span class="badge">follows you</span>`}</div>
        <p class="quiet">@${person.username}</p></div>
      ${person.bio && html`<p class="bio">${person.bio}</p>`}
      <${Facts} person=${person} />
      ${person.privacy !== "public" && mine && html`<p class="small quiet">${person.privacy === "private"
        ? "Nobody but you sees more than the name." : "Only people who follow you see more than the name."}</p>`}
      <${Deeds} person=${person} user=${user} onChanged=${onChanged} onBlocked=${onBlocked} /></div>
  </header>`;
}

function Show({ href, picture, id, title, badge, words }) {
  const inside = html`<span class="poster">${picture && html`<img src=${picture} alt="" loading="lazy" />`}</span>
    ${badge && html`<div class="row"><span class=${`badge ${badge === "live" ? "live" : ""}`}>${badge}</span></div>`}
    <h3>${title}</h3><div class="small figures">${words}</div>`;
  return html`<li>${href ? html`<a class=${`show hue-${hueOf(id)}`} href=${href}>${inside}</a>`
    : html`<div class=${`show hue-${hueOf(id)}`}>${inside}</div>`}</li>`;
}

function Shelf({ title, load, show, empty }) {
  const pages = usePages(load, []);
  const { items, error, again } = pages;
  return html`<section class="stack" aria-label=${title}><h2>${title}</h2>
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!items && !error && html`<${Loading} />`}
    ${items && (items.length ? html`<ul class="programme">${items.map(show)}</ul>` : html`<p class="quiet">${empty}</p>`)}
    <${More} pages=${pages} /></section>`;
}

const party = (films) => (one) => html`<${Show} key=${one.id} id=${one.id} picture=${films.find((film) => film.id === one.video_id)?.thumbnail_url} href=${partyPath(one.code)} title=${one.title} badge=${one.status}
  words=${fullMoment(Date.parse(one.scheduled_for ?? one.started_at ?? one.created_at))} />`;
const film = (one) => html`<${Show} key=${one.id} id=${one.id} picture=${one.thumbnail_url} title=${one.title}
  words=${clockTime(one.duration_ms)} />`;

function Gone({ person, onFreed }) {
  return html`<div class="farewell"><h1>You blocked ${person.display_name}</h1>
    <p class="quiet">Neither of you sees the other here.</p>
    <button class="button" onClick=${() => unblock(person.username).then(onFreed, onFreed)}>Unblock</button></div>`;
}

function Nobody() {
  return html`<div class="farewell"><h1>Nobody sits here</h1>
    <p class="quiet">There is no ${USERNAME}, or they are not for you to see.</p>
    <a class="button primary" href="/">Back to the lobby</a></div>`;
}

function Shown({ user }) {
  const { value: person, error, again } = useLoaded(() => readPerson(USERNAME), [user?.id]);
  const films = useLoaded(() => videos(), [user?.id]);
  const [blocked, set] = useState(null);
  if (blocked) {
    const freed = () => {
      set(null);
      again();
    };
    return html`<${Gone} person=${blocked} onFreed=${freed} />`;
  }
  if (error?.status === 404) return html`<${Nobody} />`;
  if (error) return html`<${Trouble} error=${error} retry=${again} />`;
  if (!person) return html`<${Loading} />`;
  document.title = `${person.display_name} · Matinee`;
  return html`<${Head} person=${person} user=${user} onChanged=${again} onBlocked=${() => set(person)} />
    <${Shelf} title="Parties" load=${(cursor) => partiesOf(person.id, cursor)} show=${party(films.value?.items ?? [])} empty="No public party." />
    <${Shelf} title="Films" load=${(cursor) => filmsOf(person.id, cursor)} show=${film} empty="No public film." />`;
}

function Profile() {
  const session = useSession();
  return html`<${Top} session=${session} />
    <main id="main" class="wrap page profile">
      ${session.failed && html`<${Trouble} error=${session.failed} retry=${() => location.reload()} />`}
      ${session.ready ? html`<${Shown} user=${session.user} />` : html`<${Loading} />`}</main>`;
}

mount(Profile);
