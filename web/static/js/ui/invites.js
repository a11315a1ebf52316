/** Inviting people: by name, by mail, or by a link that is shown once; and taking it back. */

import { html, useState } from "../lib/html.js";
import { plural, relative } from "../lib/format.js";
import { invite, invites, revokeInvite } from "../net/invites.js";
import { Choice, Field, FormProblem, useSubmit } from "./forms.js";
import { Loading, Trouble } from "./frame.js";
import { Link } from "./icons.js";
import { More, usePages } from "./paging.js";

const DAY_S = 86_400;
const USES = [["1", "1 person"], ["5", "5 people"], ["20", "20 people"], ["100", "100 people"]];
const GOOD_FOR = [[String(DAY_S), "a day"], [String(7 * DAY_S), "a week"], [String(30 * DAY_S), "a month"]];

function ByName({ partyId, onMade }) {
  const sending = useSubmit(async ({ who }, form) => {
    const name = who.trim().replace(/^@/, "");
    await invite(partyId, name.includes("@") ? { email: name } : { username: name });
    form.reset();
    onMade();
  });
  const wrong = sending.problem?.of?.("username") ?? sending.problem?.of?.("email");
  return html`<form class="stack" onSubmit=${sending.submit}>
    <${FormProblem} problem=${sending.problem} fields=${["username", "email"]} />
    <div class="beside"><${Field} label="Username or e-mail address" name="who" required maxlength="254" autocomplete="off" spellcheck="false" wrong=${wrong} />
      <button class="button" disabled=${sending.busy}>${sending.busy ? "Inviting…" : "Invite"}</button></div>
    <span class="small saved" role="status">${sending.done && "Invited: they are told, and alone can use it."}</span>
  </form>`;
}

function Made({ url }) {
  const [copied, set] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(url);
    set(true);
  };
  return html`<div class="stack made"><p class="small quiet" role="status">Here is the link. It is shown this once.</p>
    <div class="beside"><input class="small" readonly value=${url} aria-label="Invite link" onFocus=${(event) => event.target.select()} />
      <button class="button" type="button" onClick=${copy}><${Link} />${copied ? "Copied" : "Copy"}</button></div></div>`;
}

function ByLink({ partyId, onMade }) {
  const [url, show] = useState(null);
  const { busy, problem, submit } = useSubmit(async (form) => {
    const made = await invite(partyId, { max_uses: Number(form.uses), expires_in_s: Number(form.seconds) });
    show(made.url);
    onMade();
  });
  return html`<form class="stack" onSubmit=${submit}>
    <${FormProblem} problem=${problem} />
    <div class="beside"><${Choice} label="A link for" name="uses" options=${USES} /><${Choice} label="good for" name="seconds" options=${GOOD_FOR} chosen=${GOOD_FOR[1][0]} />
      <button class="button" disabled=${busy}>${busy ? "Making…" : "Make a link"}</button></div>
    ${url && html`<${Made} key=${url} url=${url} />`}
  </form>`;
}

function Open({ one, onRevoke, busy }) {
  const whom = one.username ? `@${one.username}` : (one.email ?? (one.user_id ? "An account" : "A link"));
  const used = `${one.uses} of ${plural(one.max_uses, "place")} taken`;
  return html`<li class="entry"><div class="grow"><b class="whole">${whom}</b>
      <div class="small quiet">${used} · ends ${relative(Date.parse(one.expires_at))}</div></div>
    <button class="button" type="button" disabled=${busy} aria-label=${`Revoke the invite for ${whom}`} onClick=${() => onRevoke(one.id)}>Revoke</button></li>`;
}

export function Invites({ partyId }) {
  const pages = usePages((cursor) => invites(partyId, cursor), [partyId]);
  const [state, set] = useState({ busy: false, error: null });
  const revoke = async (id) => {
    set({ busy: true, error: null });
    const error = await revokeInvite(partyId, id).then(() => null, (problem) => problem);
    set({ busy: false, error });
    pages.again();
  };
  const { items, error } = pages;
  return html`<section class="stack" aria-label="Invites"><h3>Invite</h3>
    <${ByName} partyId=${partyId} onMade=${pages.again} /><${ByLink} partyId=${partyId} onMade=${pages.again} />
    ${(error || state.error) && html`<${Trouble} error=${error ?? state.error} retry=${pages.again} />`}
    ${!items && !error && html`<${Loading} />`}
    ${items?.length > 0 && html`<ul class="lines">${items.map((one) => html`<${Open} key=${one.id} one=${one} busy=${state.busy} onRevoke=${revoke} />`)}</ul>`}
    <${More} pages=${pages} /></section>`;
}
