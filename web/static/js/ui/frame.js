/** What every page has around it: the way home, who is signed in, and a place to land for the keyboard. */

import { html, render, useEffect, useState } from "../lib/html.js";
import { hueOf, initials } from "../lib/format.js";
import { currentUser, onSession, restore, signOut } from "../net/session.js";
import { Mark } from "./icons.js";

/** Draw a page into the shell. */
export function mount(Page) {
  const place = document.getElementById("app");
  place.replaceChildren();
  render(html`<${Page} />`, place);
}

/** {user, ready, failed}: who is here, once that is known. */
export function useSession() {
  const [known, set] = useState({ user: currentUser(), ready: false, failed: null });
  useEffect(() => {
    restore().then(
      (user) => set({ user, ready: true, failed: null }),
      (failed) => set({ user: null, ready: true, failed }),
    );
    return onSession((user) => set((before) => ({ ...before, user })));
  }, []);
  return known;
}

export function Avatar({ id, name }) {
  return html`<span class=${`avatar hue-${hueOf(id)}`} aria-hidden="true">${initials(name)}</span>`;
}

/** Where to go after signing in: only ever a page of ours. */
export function returnPath(search = location.search) {
  const next = new URLSearchParams(search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}

export const signInPath = () => `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;

async function leave() {
  await signOut().catch(() => {});
  location.assign("/");
}

export function Top({ session, children }) {
  const { user, ready } = session;
  const here = (path) => (location.pathname === path ? "page" : undefined);
  return html`
    <a class="skip-link" href="#main">Skip to content</a>
    <header class="top">
      <a class="brand" href="/"><${Mark} />Matinee</a>
      ${children}
      <nav aria-label="Main">
        ${user && html`<a href="/dashboard" aria-current=${here("/dashboard")}>Dashboard</a>`}
        ${user &&
        html`<span class="who"><${Avatar} id=${user.id} name=${user.display_name} />
          <span class="name">${user.display_name}</span></span>
          <button class="button plain wide" onClick=${leave}>Sign out</button>`}
        ${ready && !user && html`<a href=${signInPath()} aria-current=${here("/signin")}>Sign in</a>
          <a class="button" href="/register">Create account</a>`}
      </nav>
    </header>`;
}

export const Loading = ({ words = "Loading…" }) => html`
  <div class="loading" role="status"><span class="spinner" aria-hidden="true"></span><span>${words}</span></div>`;

export function Trouble({ error, retry }) {
  return html`<div class="message" role="alert"><span>${error.message}</span>
    ${retry && html`<button class="button" onClick=${retry}>Try again</button>`}</div>`;
}

/** Load something when the page opens: {value, error, loading, again}. */
export function useLoaded(load, inputs) {
  const [state, set] = useState({ value: null, error: null, loading: true });
  const [turn, again] = useState(0);
  useEffect(() => {
    let wanted = true;
    set((before) => ({ ...before, loading: true, error: null }));
    load().then(
      (value) => wanted && set({ value, error: null, loading: false }),
      (error) => wanted && set((before) => ({ value: before.value, error, loading: false })),
    );
    return () => {
      wanted = false;
    };
  }, [...inputs, turn]);
  return { ...state, again: () => again((n) => n + 1) };
}
