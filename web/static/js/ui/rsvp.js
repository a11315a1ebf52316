/** Whether one means to come to a party that starts later: then one is reminded. */

import { html, useState } from "../lib/html.js";
import { fullMoment, plural } from "../lib/format.js";
import { go, rsvp, stay } from "../net/invites.js";
import { Trouble, useLoaded } from "./frame.js";

export function Rsvp({ partyId, startsMs }) {
  const [turn, next] = useState(0);
  const { value } = useLoaded(() => rsvp(partyId), [partyId, turn]);
  const [state, set] = useState({ busy: false, error: null });
  if (!value) return null;
  const say = async (send) => {
    set({ busy: true, error: null });
    const error = await send(partyId).then(() => null, (problem) => problem);
    set({ busy: false, error });
    next(turn + 1);
  };
  return html`<div class="message calm rsvp"><span>${startsMs ? `Starts ${fullMoment(startsMs)}` : "Starts later"}
      ${value.going_count > 0 && ` · ${plural(value.going_count, "person means", "people mean")} to come`}
      ${value.going && html`<b> · You are reminded.</b>`}</span>
    ${state.error && html`<${Trouble} error=${state.error} />`}
    <button class=${`button ${value.going ? "" : "primary"}`} disabled=${state.busy} aria-pressed=${value.going}
      onClick=${() => say(value.going ? stay : go)}>${value.going ? "I cannot come" : "I will come"}</button></div>`;
}
