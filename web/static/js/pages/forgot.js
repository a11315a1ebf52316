/** Ask for a link by which a new password can be chosen. The answer is the same for every address. */

import { html, useState } from "../lib/html.js";
import { forgotPassword } from "../net/api.js";
import { Field, FormProblem, useSubmit } from "../ui/forms.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

const FIELDS = ["email"];

function Ask({ onSent }) {
  const { busy, problem, submit } = useSubmit(async ({ email }) => {
    await forgotPassword(email);
    onSent(email);
  });
  return html`<h1>Forgot your password?</h1>
    <p class="quiet">Say which address you sign in with, and a link to choose a new one comes there.</p>
    <${FormProblem} problem=${problem} fields=${FIELDS} />
    <form class="stack" onSubmit=${submit}>
      <${Field} label="E-mail" name="email" type="email" autocomplete="username" required autofocus
        wrong=${problem?.of?.("email")} />
      <button class="button primary big" disabled=${busy}>${busy ? "Sending…" : "Send the link"}</button>
    </form>
    <p class="small quiet"><a href="/signin">Back to sign in</a></p>`;
}

const Sent = ({ email }) => html`<h1>Look into your mail</h1>
  <p class="quiet" role="status">If ${email} has an account here, a link is on its way. It is good for an hour.</p>
  <p class="small quiet"><a href="/signin">Back to sign in</a></p>`;

function Forgot() {
  const session = useSession();
  const [email, set] = useState(null);
  return html`<${Top} session=${session} />
    <main id="main" class="card sheet stack">${email ? html`<${Sent} email=${email} />` : html`<${Ask} onSent=${set} />`}</main>`;
}

mount(Forgot);
