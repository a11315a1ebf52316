/** Where the link of a reset mail leads: choose a new password. Nobody is signed in by it. */

import { html, useState } from "../lib/html.js";
import { takeLinkToken } from "../lib/link-token.js";
import { resetPassword } from "../net/api.js";
import { Field, FormProblem, useSubmit } from "../ui/forms.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

const token = takeLinkToken();
const FIELDS = ["password", "password_confirm"];

function Choose({ onDone }) {
  const { busy, problem, submit } = useSubmit(async (fields) => {
    await resetPassword({ token, ...fields });
    onDone();
  });
  if (problem?.code === "bad_token") return html`<${Over} />`;
  const wrong = (path) => problem?.of?.(path);
  return html`<h1>A new password</h1>
    <p class="quiet">It signs you out everywhere else.</p>
    <${FormProblem} problem=${problem} fields=${FIELDS} />
    <form class="stack" onSubmit=${submit}>
      <${Field} label="New password" name="password" type="password" autocomplete="new-password" required minlength="8" autofocus
        wrong=${wrong("password")} hint="At least 8 characters; a sentence is good." />
      <${Field} label="New password again" name="password_confirm" type="password" autocomplete="new-password" required
        wrong=${wrong("password_confirm")} />
      <button class="button primary big" disabled=${busy}>${busy ? "Changing…" : "Change the password"}</button>
    </form>`;
}

const Over = () => html`<h1>This link is over</h1>
  <p class="quiet">A link is good once, for an hour.</p>
  <p><a class="button" href="/forgot">Send another one</a></p>`;

const Done = () => html`<h1>Changed</h1>
  <p class="quiet" role="status">Your new password counts from now on.</p>
  <p><a class="button primary big" href="/signin">Sign in</a></p>`;

function Reset() {
  const session = useSession();
  const [done, set] = useState(false);
  const shown = done ? html`<${Done} />` : token ? html`<${Choose} onDone=${() => set(true)} />` : html`<${Over} />`;
  return html`<${Top} session=${session} />
    <main id="main" class="card sheet stack">${shown}</main>`;
}

mount(Reset);
