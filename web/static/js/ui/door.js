/** Before the seat: a name for guests, a password where there is one. After it: a word of farewell. */

import { html } from "../lib/html.js";
import { replayPath } from "../lib/places.js";
import { signInPath } from "./frame.js";
import { Field, useSubmit } from "./forms.js";

export function Door({ code, name, onEnter }) {
  const { submit } = useSubmit(async (fields) => onEnter(fields.name.trim()));
  return html`<main id="main" class="card sheet door">
    <div class="stack"><h1>You are invited</h1>
      <p class="quiet">Party <b class="figures">${code}</b>. Tell the others who you are, and come in.</p></div>
    <form class="stack" onSubmit=${submit}>
      <${Field} label="Your name" name="name" value=${name} required maxlength="50" autocomplete="nickname" autofocus />
      <button class="button primary big">Join as a guest</button>
    </form>
    <p class="small quiet">Have an account? <a href=${signInPath()}>Sign in</a> to keep your place and your history.</p>
  </main>`;
}

export function Farewell({ farewell, code, isGuest, onPassword, onAgain }) {
  const { submit } = useSubmit(async (fields) => onPassword(fields.password));
  return html`<main id="main" class="wrap farewell" role="alert">
    <h1>${farewell.title}</h1>
    <p class="quiet">${farewell.advice}</p>
    ${farewell.code === 4503 && html`<form class="row" onSubmit=${submit}>
      <${Field} label="Party password" name="password" required autocomplete="off" />
      <button class="button primary">Try it</button></form>`}
    <div class="row">
      ${farewell.code === 4509 && html`<button class="button primary" onClick=${onAgain}>Watch here instead</button>`}
      ${farewell.code === 4510 && !isGuest && html`<a class="button primary" href=${replayPath(code)}>Watch it again</a>`}
      ${[4501, 4503].includes(farewell.code) && isGuest && html`<a class="button" href=${signInPath()}>Sign in</a>`}
      ${[4500, 4513, 1009].includes(farewell.code) && html`<button class="button primary" onClick=${() => location.reload()}>Reload</button>`}
      <a class="button" href="/">Back to the lobby</a>
    </div>
    <p class="small quiet">Party ${code} · ${farewell.code}</p>
  </main>`;
}
