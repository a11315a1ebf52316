/** Reactions: the few emoji at hand and the party's own emotes, and what everybody just sent, rising over the film. */

import { html, useEffect, useState } from "../lib/html.js";
import { useSignal } from "../party/hooks.js";
import { mayReact, symbolOf } from "../party/room.js";

const AT_HAND = ["😂", "❤️", "👏", "😮", "😢", "🔥"];
const SHOWN_MS = 2_500;
const MOST_SHOWN = 12;

export function Reactions({ seat }) {
  useSignal(seat, "state");
  const { room, me } = seat.state;
  if (!mayReact(room, me.role)) return null;
  const emotes = Object.keys(room.settings.emotes ?? {}).map((name) => `:${name}:`);
  return html`<div class="reactions" role="group" aria-label="React">
    ${[...AT_HAND, ...emotes].map((emoji) => html`<button key=${emoji} class="button plain icon" title=${emoji}
      aria-label=${`React with ${emoji}`} onClick=${() => seat.connection.tell("react", { emoji })}>${symbolOf(room, emoji)}</button>`)}
  </div>`;
}

/** The counts of the last moments; nobody needs to read them, so they are no news to a screen reader. */
export function Rising({ seat }) {
  const [shown, show] = useState([]);
  useEffect(() => {
    let next = 0;
    const timers = new Set();
    const hear = (event) => {
      const fresh = Object.entries(event.detail.counts).map(([emoji, count]) => ({ key: (next += 1), emoji, count }));
      show((before) => [...before, ...fresh].slice(-MOST_SHOWN));
      const timer = setTimeout(() => {
        timers.delete(timer);
        show((before) => before.filter((one) => !fresh.includes(one)));
      }, SHOWN_MS);
      timers.add(timer);
    };
    seat.addEventListener("reactions", hear);
    return () => {
      seat.removeEventListener("reactions", hear);
      timers.forEach(clearTimeout);
    };
  }, [seat]);
  return html`<div class="rising" aria-hidden="true">${shown.map(({ key, emoji, count }) => html`<span key=${key}>
    ${symbolOf(seat.state.room, emoji)}${count > 1 && html`<small>×${count}</small>`}</span>`)}</div>`;
}
