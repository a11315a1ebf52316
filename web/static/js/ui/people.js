/** Who is here, and how well they are in step. */

import { html } from "../lib/html.js";
import { plural } from "../lib/format.js";
import { useSignal, useTicker } from "../party/hooks.js";
import { isHere, seating } from "../party/room.js";
import { verdict } from "../sync/drift.js";
import { Avatar } from "./frame.js";
import { Name } from "./name.js";

const STATES = { paused: "paused", buffering: "buffering…", idle: "here", error: "cannot play the film", ready: "ready" };
/** A room of a thousand has more to do than draw a thousand seats. */
const SHOWN = 60;

function stateOf(member) {
  if (!isHere(member)) return { level: "", words: "away" };
  if (member.status !== "playing") return { level: member.status === "buffering" ? "fair" : "", words: STATES[member.status] };
  return verdict(member.drift_ms);
}

/** One's own player is at hand: its drift is read now, not as it was last reported. */
function Myself({ member, seat, face }) {
  useTicker(500);
  return html`<${Person} face=${face} member=${{ ...member, status: seat.follower.state, drift_ms: seat.follower.drift }} mine=${true} />`;
}

function Person({ member, face, mine = false }) {
  const { level, words } = stateOf(member);
  const exact = level === "good" ? ` · ${Math.round(Math.abs(member.drift_ms))} ms` : "";
  return html`<li class=${`person ${isHere(member) ? "" : "away"}`}>
    <${Avatar} id=${member.id} name=${member.name} picture=${face?.avatar_url} />
    <span class="text"><span class="named"><${Name} name=${member.name} face=${face} />${mine && html`<span class="quiet"> (you)</span>`}</span>
      <span class=${`state figures ${level}`}><span class="dot"></span>${words}${exact}</span></span>
    ${member.role !== "member" && html`<span class=${`badge ${member.role === "guest" ? "" : "role"}`}>${member.role}</span>`}
  </li>`;
}

export function People({ seat, faces }) {
  useSignal(seat, "state");
  const { room, me } = seat.state;
  const all = seating(room);
  const here = all.filter(isHere).length;
  return html`<section class="people" aria-label="People">
    <div class="row"><h3>Who is here</h3><span class="badge figures">${plural(here, "person", "people")}</span></div>
    <ul>${all.slice(0, SHOWN).map((member) => member.id === me.member_id
      ? html`<${Myself} key=${member.id} member=${member} seat=${seat} face=${faces[member.id]} />`
      : html`<${Person} key=${member.id} member=${member} face=${faces[member.id]} />`)}</ul>
    ${all.length > SHOWN && html`<p class="quiet small">and ${plural(all.length - SHOWN, "more person", "more people")}</p>`}
  </section>`;
}
