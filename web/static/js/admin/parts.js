/** What the admin pages share: a list with its filter, and a deed that wants a reason. */

import { html, useEffect, useState } from "../lib/html.js";
import { onReauthentication } from "../net/call.js";
import { reauthenticate } from "../net/session.js";
import { Dialog, Field, FormProblem, useSubmit } from "../ui/forms.js";
import { Loading, Trouble } from "../ui/frame.js";
import { More } from "../ui/paging.js";

/** A table of what `pages` holds; `heads` are words, an empty one for the column of deeds. */
export function Table({ pages, heads, row, empty }) {
  const { items, error, again } = pages;
  return html`${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!items && !error && html`<${Loading} />`}
    ${items && !items.length && html`<div class="empty"><h3>${empty}</h3></div>`}
    ${items?.length > 0 && html`<div class="card flat scroll"><table class="table">
      <thead><tr>${heads.map((words, i) => html`<th key=${i} scope="col">${words || html`<span class="unseen">Deeds</span>`}</th>`)}</tr></thead>
      <tbody>${items.map(row)}</tbody></table></div>`}
    <${More} pages=${pages} />`;
}

/** Choices beside each other, of which one holds; `options` are pairs of value and words. */
export function Filter({ label, options, chosen, choose }) {
  return html`<div class="ranges" role="group" aria-label=${label}>${options.map(([value, words]) => html`<button key=${words}
    type="button" aria-pressed=${value === chosen} onClick=${() => choose(value)}>${words}</button>`)}</div>`;
}

/** Ask before something is done; `send(form data)` does it. */
export function Deed({ title, words, doing, send, onClose, onDone, children }) {
  const { busy, problem, submit } = useSubmit(async (form) => {
    await send(form);
    onDone();
    onClose();
  });
  return html`<${Dialog} title=${title} onClose=${onClose}><form class="stack" onSubmit=${submit}>
    ${words && html`<p class="quiet">${words}</p>`}
    <${FormProblem} problem=${problem} />
    ${children}
    <button class="button primary big" disabled=${busy}>${busy ? "…" : doing}</button></form></${Dialog}>`;
}

/** Asks for the password where the API wants to see it again; whatever was under way goes on then. */
export function Reauthentication() {
  const [asked, ask] = useState(null);
  useEffect(() => onReauthentication(() => new Promise((resolve) => ask({ resolve }))), []);
  const end = (shown) => {
    asked.resolve(shown);
    ask(null);
  };
  const { busy, problem, submit } = useSubmit(async ({ password }) => {
    await reauthenticate(password);
    end(true);
  });
  if (!asked) return null;
  return html`<${Dialog} title="Is it you?" onClose=${() => end(false)}><form class="stack" onSubmit=${submit}>
    <p class="quiet">This is dangerous in wrong hands. Show your password again; it is good for half an hour.</p>
    <${FormProblem} problem=${problem} />
    <${Field} label="Your password" name="password" type="password" autocomplete="current-password" required autofocus />
    <button class="button primary big" disabled=${busy}>${busy ? "Looking…" : "Go on"}</button></form></${Dialog}>`;
}
