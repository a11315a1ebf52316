/** The top of every page: the way home, what concerns everybody, who is signed in, and a place to land for the keyboard. */

import { elsewhere } from "../lib/elsewhere.js";
import { html } from "../lib/html.js";
import { signOut } from "../net/session.js";
import { weather } from "../net/weather.js";
import { useSignal } from "../party/hooks.js";
import { Bell } from "./bell.js";
import { Avatar, signInPath } from "./frame.js";
import { Look, Mark } from "./icons.js";
import { SearchBox } from "./search-box.js";

export async function leave() {
  await signOut().catch(() => {});
  location.assign("/");
}

/** What concerns every call is said once, above the page: maintenance, a shut account, and what staff say to everybody. */
function Weather() {
  useSignal(weather, "change");
  return html`<${Notice} notice=${weather.notice} /><${Trouble} problem=${weather.now} />`;
}

function Notice({ notice }) {
  if (!notice) return null;
  return html`<div class="weather" role="status"><b>From the staff</b><span>${notice.text}</span>
    <button class="button" onClick=${() => weather.putAway()}>Dismiss</button></div>`;
}

function Trouble({ problem }) {
  if (!problem) return null;
  const shut = problem.code === "suspended";
  return html`<div class="weather" role="alert"><b>${shut ? "Your account is shut" : "Under maintenance"}</b>
    <span>${problem.message}</span>
    ${!shut && html`<button class="button" onClick=${() => location.reload()}>Try now</button>`}</div>`;
}

function Who({ user, here }) {
  return html`<a class="who" href="/me" aria-current=${here("/me")} aria-label=${`Your account: ${user.display_name}`}>
      <${Avatar} id=${user.id} name=${user.display_name} picture=${user.profile.avatar_url}
        guarded=${user.profile.privacy !== "public"} />
      <span class="name">${user.display_name}</span></a>
    <button class="button plain wide" onClick=${leave}>Sign out</button>`;
}

/** `search` is false where the page has a box of its own. */
export function Top({ session, search = true, children }) {
  const { user, ready } = session;
  const here = (path) => (location.pathname === path ? "page" : undefined);
  return html`
    <a class="skip-link" href="#main">Skip to content</a>
    <header class="top">
      <a class="brand" href="/"><${Mark} /><span class="name">Matinee</span></a>
      ${children}
      ${search && html`<${SearchBox} />`}
      <nav aria-label="Main">
        ${search && html`<a class="look" href="/search" aria-label="Search" ...${elsewhere()}><${Look} /></a>`}
        ${user && html`<a href="/dashboard" aria-current=${here("/dashboard")}>Dashboard</a>`}
        ${user?.role === "staff" && html`<a href="/admin" aria-current=${here("/admin")}>Admin</a>`}
        ${user && html`<${Bell} key=${user.id} userId=${user.id} />`}
        ${user && html`<${Who} user=${user} here=${here} />`}
        ${ready && !user && html`<a href=${signInPath()} aria-current=${here("/signin")}>Sign in</a>
          <a class="button" href="/register">Create account</a>`}
      </nav>
    </header>
    <${Weather} />`;
}
