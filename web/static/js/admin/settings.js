/** What staff switch while the server runs, and what they say to everybody. */

import { html, useState } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { broadcast, changeSettings, maintenance, settings } from "../net/admin.js";
import { Area, Field, FormProblem, Save, useSubmit } from "../ui/forms.js";
import { Loading, Trouble, useLoaded } from "../ui/frame.js";

function Maintenance({ value, onChanged }) {
  const on = value.maintenance;
  const sending = useSubmit(async ({ message }) => {
    await maintenance({ on: !on, message: message.trim() });
    onChanged();
  });
  return html`<form class=${`card stack ${on ? "danger" : ""}`} onSubmit=${sending.submit}>
    <div class="row"><div class="grow"><h3>Maintenance</h3><p class="quiet small">While it is on, staff alone are served.</p></div>
      <span class=${`badge ${on ? "live" : "sure"}`}>${on ? "on" : "off"}</span></div>
    <${FormProblem} problem=${sending.problem} />
    <${Field} label="What everybody else is told" name="message" defaultValue=${value.maintenance_message} maxlength="500" autocomplete="off"
      placeholder="Back at six" />
    <${Save} sending=${sending} words=${on ? "Open for everybody" : "Close for maintenance"} doneWords="Done; every node knows within two seconds." />
  </form>`;
}

function Registration({ value, onChanged }) {
  const open = value.registration_open;
  const sending = useSubmit(async () => {
    await changeSettings({ registration_open: !open }, value.revision);
    onChanged();
  });
  return html`<form class="card stack" onSubmit=${sending.submit}>
    <div class="row"><div class="grow"><h3>New accounts</h3><p class="quiet small">Whether anybody may make one.</p></div>
      <span class=${`badge ${open ? "sure" : "live"}`}>${open ? "open" : "closed"}</span></div>
    <${FormProblem} problem=${sending.problem} />
    <${Save} sending=${sending} words=${open ? "Close registration" : "Open registration"} />
  </form>`;
}

function Broadcast() {
  const sending = useSubmit(async ({ text, notify }, form) => {
    await broadcast({ text: text.trim(), notify: notify === "on" });
    form.reset();
  });
  return html`<form class="card stack" onSubmit=${sending.submit}>
    <div><h3>Say something to everybody</h3><p class="quiet small">Whoever is connected reads it at once.</p></div>
    <${FormProblem} problem=${sending.problem} fields=${["text"]} />
    <${Area} label="Words" name="text" rows="2" required maxlength="200" wrong=${sending.problem?.of?.("text")} />
    <label class="row"><input type="checkbox" name="notify" />Among everybody's notifications too</label>
    <${Save} sending=${sending} words="Send" busyWords="Sending…" doneWords="It is on its way." />
  </form>`;
}

export function Settings() {
  const [turn, next] = useState(0);
  const { value, error, again } = useLoaded(settings, [turn]);
  const changed = () => next((n) => n + 1);
  return html`${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && html`<${Maintenance} value=${value} onChanged=${changed} /><${Registration} value=${value} onChanged=${changed} />`}
    ${value?.changed_at && html`<p class="small quiet">Last changed ${fullMoment(Date.parse(value.changed_at))}.</p>`}
    <${Broadcast} />`;
}
