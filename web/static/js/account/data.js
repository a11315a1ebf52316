/** What is kept of one: to take along, and to have erased. */

import { html, useState } from "../lib/html.js";
import { eraseMe, exportMe } from "../net/account.js";
import { forget } from "../net/session.js";
import { Dialog, Field, FormProblem, useSubmit } from "../ui/forms.js";

/** Have the browser keep bytes as a file. */
function keepAs(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Take({ user }) {
  const sending = useSubmit(async () => keepAs(`matinee-${user.username}.json`, await exportMe()));
  return html`<form class="card stack" onSubmit=${sending.submit}>
    <div><h3>Take it along</h3><p class="quiet small">All that this server keeps of you, in one JSON file; no secrets, no words of others.</p></div>
    <${FormProblem} problem=${sending.problem} />
    <div class="row"><button class="button" disabled=${sending.busy}>${sending.busy ? "Gathering…" : "Download my data"}</button>
      <span class="small saved" role="status">${sending.done && "It is in your downloads."}</span></div>
  </form>`;
}

function Sure({ user, onClose }) {
  const [typed, type] = useState("");
  const { busy, problem, submit } = useSubmit(async ({ password }) => {
    await eraseMe(password);
    forget({ quietly: true });
    location.assign("/");
  });
  return html`<${Dialog} title="Delete your account" onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p>Your profile, your films and your sign-ins are erased. Parties that you hosted stay for those who came, without your name.
        Nobody can bring it back.</p>
      <${FormProblem} problem=${problem} fields=${["password"]} />
      <${Field} label=${`Type ${user.username} to go on`} value=${typed} required autocomplete="off" autofocus spellcheck="false"
        onInput=${(event) => type(event.target.value)} />
      <${Field} label="Password" name="password" type="password" autocomplete="current-password" required
        wrong=${problem?.of?.("password")} />
      <button class="button primary big" disabled=${busy || typed !== user.username}>${busy ? "Erasing…" : "Delete it for good"}</button>
    </form>
  </${Dialog}>`;
}

function Erase({ user }) {
  const [open, show] = useState(false);
  return html`<div class="card row danger"><div class="grow"><h3>Delete the account</h3>
      <p class="quiet small">For good, with all that is yours.</p></div>
    <button class="button" onClick=${() => show(true)}>Delete my account…</button>
    ${open && html`<${Sure} user=${user} onClose=${() => show(false)} />`}</div>`;
}

export function Data({ user }) {
  return html`<${Take} user=${user} /><${Erase} user=${user} />`;
}
