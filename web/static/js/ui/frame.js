/** What every page stands on: drawn into the shell, told who is here, and honest about what is loading or went wrong. */

import { html, render, useEffect, useState } from "../lib/html.js";
import { hueOf, initials } from "../lib/format.js";
import { guardedPicture } from "../net/pictures.js";
import { currentUser, onSession, restore } from "../net/session.js";

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

/** The address to show; of a guarded picture once it is here. */
function usePicture(picture, guarded) {
  const [address, set] = useState(null);
  useEffect(() => {
    let wanted = true;
    set(null);
    if (picture && guarded) guardedPicture(picture).then((found) => wanted && set(found), () => {}); // initials will do
    return () => {
      wanted = false;
    };
  }, [picture, guarded]);
  return guarded ? address : picture;
}

/**
 * Somebody's picture, or where there is none their initials. The name stands beside it, so it says nothing itself. `guarded`
 * where not everybody may see it: an image alone is asked for without saying who asks.
 */
export function Avatar({ id, name, picture: wanted, guarded = false, big = false }) {
  const size = big ? "big" : "";
  const picture = usePicture(wanted, guarded);
  if (picture) return html`<img class=${`avatar ${size}`} src=${picture} alt="" />`;
  return html`<span class=${`avatar ${size} hue-${hueOf(id)}`} aria-hidden="true">${initials(name)}</span>`;
}

export const signInPath = () => `/signin?next=${encodeURIComponent(location.pathname + location.search)}`;

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
