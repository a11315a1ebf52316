/** Where the link of a verification mail leads. Opening it does nothing: mail scanners open links too. */

import { html, useState } from "../lib/html.js";
import { takeLinkToken } from "../lib/link-token.js";
import { verifyEmail } from "../net/api.js";
import { FormProblem, useSubmit } from "../ui/forms.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

const token = takeLinkToken();

function Confirm({ onDone }) {
  const { busy, problem, submit } = useSubmit(async () => {
    await verifyEmail(token);
    onDone();
  });
  if (problem?.code === "bad_token") return html`<${Over} />`;
  return html`<h1>One press, and it is yours</h1>
    <p class="quiet">This confirms that the address the mail came to is your own.</p>
    <${FormProblem} problem=${problem} />
    <form class="stack" onSubmit=${submit}>
      <button class="button primary big" disabled=${busy}>${busy ? "Confirming…" : "Confirm the address"}</button>
    </form>`;
}

const Over = () => html`<h1>This link is over</h1>
  <p class="quiet">A link is good once, for a day. If you confirmed your address already, all is well; else sign in and have
    another one sent.</p>
  <p><a class="button" href="/">To the lobby</a></p>`;

const Done = () => html`<h1>Confirmed</h1>
  <p class="quiet" role="status">Thank you: the address is yours.</p>
  <p><a class="button primary big" href="/">To the lobby</a></p>`;

function Verify() {
  const session = useSession();
  const [done, set] = useState(false);
  const shown = done ? html`<${Done} />` : token ? html`<${Confirm} onDone=${() => set(true)} />` : html`<${Over} />`;
  return html`<${Top} session=${session} />
    <main id="main" class="card sheet stack">${shown}</main>`;
}

mount(Verify);
