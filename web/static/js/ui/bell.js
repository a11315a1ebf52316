/** The bell: how many things one has not read, live, and the newest of them. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { plural } from "../lib/format.js";
import { markAllRead, notifications } from "../net/notifications.js";
import { Personal } from "../net/personal.js";
import { accessToken } from "../net/session.js";
import { weather } from "../net/weather.js";
import { Loading, Trouble, useLoaded } from "./frame.js";
import { Bell as BellIcon } from "./icons.js";
import { Told } from "./told.js";

const SHOWN = 8;
const RINGS_MS = 1_200;

function listen(userId) {
  const name = `matinee.personal.${userId}`;
  const personal = new Personal({
    url: `${location.origin.replace(/^http/, "ws")}/ws/me`,
    credential: accessToken,
    channel: new BroadcastChannel(name),
    locks: navigator.locks ?? null,
  });
  personal.start(name);
  return personal;
}

/** {unread, newest, ringing}: what the socket last said. */
function usePersonal(userId) {
  const [heard, set] = useState({ unread: 0, newest: null, ringing: false });
  useEffect(() => {
    const personal = listen(userId);
    let still = null;
    personal.addEventListener("notice", ({ detail }) => weather.hear(detail));
    personal.addEventListener("unread", () => set((before) => ({ ...before, unread: personal.unread })));
    personal.addEventListener("notification", ({ detail }) => {
      clearTimeout(still);
      still = setTimeout(() => set((before) => ({ ...before, ringing: false })), RINGS_MS);
      set((before) => ({ ...before, newest: detail, ringing: true }));
    });
    return () => {
      clearTimeout(still);
      personal.close();
    };
  }, [userId]);
  return heard;
}

function Newest({ newest, unread, onClose }) {
  const { value, error, again } = useLoaded(() => notifications({ limit: SHOWN }), [newest?.id]);
  const [trouble, set] = useState(null);
  const readAll = () => markAllRead().then(again, set);
  return html`<div class="row spread"><h3>Notifications</h3>
      ${unread > 0 && html`<button class="button plain" onClick=${readAll}>Mark all as read</button>`}</div>
    ${(error || trouble) && html`<${Trouble} error=${error ?? trouble} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && (value.items.length
      ? html`<ul class="told-list">${value.items.map((one) => html`<${Told} key=${one.id} told=${one} onChanged=${again} onLeave=${onClose} />`)}</ul>`
      : html`<p class="quiet none">Nothing yet. It rings when somebody invites, mentions or follows you.</p>`)}
    <a class="button plain" href="/notifications">See all</a>`;
}

/** Close by Escape, by a press elsewhere, or when the keyboard goes on; the button gets the focus back. */
function useShut(open, place, button, shut) {
  useEffect(() => {
    if (!open) return undefined;
    const key = (event) => {
      if (event.key !== "Escape") return;
      shut();
      button.current.focus();
    };
    const elsewhere = (event) => !place.current.contains(event.target) && shut();
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("keydown", key);
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [open]);
}

export function Bell({ userId }) {
  const { unread, newest, ringing } = usePersonal(userId);
  const [open, show] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  const shut = () => show(false);
  useShut(open, place, button, shut);
  const label = unread ? `Notifications, ${unread} unread` : "Notifications";
  return html`<div class="bell" ref=${place}>
    <button class=${`button plain icon ${ringing ? "ringing" : ""}`} ref=${button} aria-label=${label} title=${label}
      aria-expanded=${open} aria-controls="bell-panel" onClick=${() => show(!open)}><${BellIcon} />
      ${unread > 0 && html`<span class="count figures" aria-hidden="true">${unread > 99 ? "99+" : unread}</span>`}</button>
    <span class="unseen" role="status">${newest && `${newest.text} ${plural(unread, "unread notification")}.`}</span>
    ${open && html`<div class="card panel stack" id="bell-panel" role="region" aria-label="Notifications">
      <${Newest} newest=${newest} unread=${unread} onClose=${shut} /></div>`}
  </div>`;
}
