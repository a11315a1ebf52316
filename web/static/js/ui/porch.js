/** The waiting room: from outside, where one waits to be let in, and from inside, for those who look after the door. */

import { html } from "../lib/html.js";
import { useSignal } from "../party/hooks.js";
import { mayAnswer } from "../party/room.js";
import { Avatar } from "./frame.js";

export function Outside({ seat, code }) {
  return html`<main id="main" class="wrap outside" role="status">
    <span class="spinner" aria-hidden="true"></span>
    <h1>Waiting to be let in</h1>
    <p>Whoever looks after party <b class="figures">${code}</b> is asked, ${seat.state.me.name}. Stay on this page: you come in by yourself.</p>
    <a class="button" href="/" onClick=${() => seat.leave()}>Do not wait</a>
  </main>`;
}

function Knocker({ person, seat }) {
  const answer = (t) => seat.act(t, { member_id: person.id });
  return html`<li class="person">
    <${Avatar} id=${person.id} name=${person.name} />
    <span class="text"><span class="named">${person.name}</span><span class="quiet small">${person.user_id ? "has an account" : "guest"}</span></span>
    <span class="grow"></span>
    <button class="button primary" aria-label=${`Let ${person.name} in`} onClick=${() => answer("approve")}>Let in</button>
    <button class="button" aria-label=${`Turn ${person.name} away`} onClick=${() => answer("deny")}>Turn away</button>
  </li>`;
}

/** Who waits, with an answer for each; nothing where nobody does. */
export function Knocking({ seat }) {
  useSignal(seat, "state");
  const { room, me } = seat.state;
  if (!room.knocking?.length || !mayAnswer(me.role)) return null;
  return html`<section class="people knocking" aria-label="Waiting to be let in" aria-live="polite">
    <div class="row"><h3>Waiting to be let in</h3><span class="badge figures">${room.knocking.length}</span></div>
    <ul>${room.knocking.map((person) => html`<${Knocker} key=${person.id} person=${person} seat=${seat} />`)}</ul>
  </section>`;
}
