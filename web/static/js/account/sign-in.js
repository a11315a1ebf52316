/** How one gets in: the address, the password, and where one is signed in. */

import { html, useState } from "../lib/html.js";
import { fullMoment, relative } from "../lib/format.js";
import { deviceName } from "../lib/device.js";
import { changePassword, endSession, sessions } from "../net/account.js";
import { Field, FormProblem, Save, useSubmit } from "../ui/forms.js";
import { Loading, Trouble, useLoaded } from "../ui/frame.js";
import { VerifyHint } from "../ui/verify-hint.js";

const FIELDS = ["current_password", "password", "password_confirm"];

export function Address({ user }) {
  return html`<div class="card stack">
    <div class="row"><div class="grow"><h3>E-mail</h3><p class="quiet whole">${user.email}</p></div>
      <span class=${`badge ${user.verified ? "sure" : ""}`}>${user.verified ? "confirmed" : "not confirmed"}</span></div>
    <${VerifyHint} user=${user} />
  </div>`;
}

export function Password({ user }) {
  const sending = useSubmit(async (form, element) => {
    await changePassword(form);
    element.reset();
  });
  const wrong = (field) => sending.problem?.of?.(field);
  return html`<div class="card stack">
    <div><h3>Password</h3><p class="quiet small">A new one signs you out everywhere else.</p></div>
    <form class="stack" onSubmit=${sending.submit}>
      <${FormProblem} problem=${sending.problem} fields=${FIELDS} />
      <input type="email" autocomplete="username" value=${user.email} readonly hidden />
      <${Field} label="Present password" name="current_password" type="password" autocomplete="current-password" required
        wrong=${wrong("current_password")} />
      <div class="pair">
        <${Field} label="New password" name="password" type="password" autocomplete="new-password" required minlength="8"
          wrong=${wrong("password")} hint="At least 8 characters; a sentence is good." />
        <${Field} label="New password again" name="password_confirm" type="password" autocomplete="new-password" required
          wrong=${wrong("password_confirm")} />
      </div>
      <${Save} sending=${sending} words="Change password" busyWords="Changing…" doneWords="Changed. You are signed out everywhere else." />
    </form>
  </div>`;
}

function Session({ session, onEnd, busy }) {
  const used = Date.parse(session.last_used_at);
  return html`<li class="entry">
    <div class="grow"><b>${deviceName(session.device)}</b>
      <div class="small quiet" title=${fullMoment(used)}>${session.current ? "Here and now" : `Last used ${relative(used)}`}
        ${" · "}since ${fullMoment(Date.parse(session.created_at))}</div></div>
    ${session.current
      ? html`<span class="badge sure">this one</span>`
      : html`<button class="button" disabled=${busy} aria-label=${`End the session of ${deviceName(session.device)}`}
          onClick=${() => onEnd([session])}>End</button>`}
  </li>`;
}

export function Sessions() {
  const { value, error, again } = useLoaded(sessions, []);
  const [state, set] = useState({ busy: false, error: null });
  const end = async (some) => {
    set({ busy: true, error: null });
    try {
      for (const session of some) await endSession(session.id);
      set({ busy: false, error: null });
    } catch (problem) {
      set({ busy: false, error: problem });
    }
    again();
  };
  const others = value?.items.filter((session) => !session.current) ?? [];
  return html`<div class="card stack">
    <div class="row spread"><div><h3>Where you are signed in</h3>
      <p class="quiet small">End what you do not know, and change your password then.</p></div>
      ${others.length > 0 && html`<button class="button" disabled=${state.busy} onClick=${() => end(others)}>End all others</button>`}</div>
    ${(error || state.error) && html`<${Trouble} error=${error ?? state.error} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && html`<ul class="lines">${value.items.map((session) => html`<${Session} key=${session.id} session=${session}
      busy=${state.busy} onEnd=${end} />`)}</ul>`}
  </div>`;
}
