/** Whom one has blocked; they can be let near again. */

import { html, useState } from "../lib/html.js";
import { fullMoment } from "../lib/format.js";
import { blocked } from "../net/account.js";
import { unblock } from "../net/people.js";
import { Avatar, Loading, Trouble, useLoaded } from "../ui/frame.js";

function Person({ person, onFreed }) {
  const [state, set] = useState({ busy: false, error: null });
  const free = async () => {
    set({ busy: true, error: null });
    try {
      await unblock(person.username);
      onFreed();
    } catch (error) {
      set({ busy: false, error });
    }
  };
  return html`<li class="entry"><${Avatar} id=${person.id} name=${person.display_name} picture=${person.avatar_url} />
    <div class="grow"><b>${person.display_name}</b>
      <div class="small quiet">@${person.username} · since ${fullMoment(Date.parse(person.since))}</div>
      ${state.error && html`<${Trouble} error=${state.error} />`}</div>
    <button class="button" disabled=${state.busy} aria-label=${`Unblock ${person.display_name}`} onClick=${free}>Unblock</button></li>`;
}

export function Blocked() {
  const { value, error, again } = useLoaded(() => blocked(), []);
  return html`<div class="card stack">
    <p class="quiet small">They cannot see your profile, follow you, or write where you would read it. They are not told.</p>
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && (value.items.length
      ? html`<ul class="lines">${value.items.map((person) => html`<${Person} key=${person.id} person=${person} onFreed=${again} />`)}</ul>`
      : html`<p>You have blocked nobody.</p>`)}
  </div>`;
}
