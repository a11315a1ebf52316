/** What a host may change while the party goes on: the film, who controls it, the doors; and the end. */

import { html, useState } from "../lib/html.js";
import { changeParty } from "../net/api.js";
import { CONTROL, FilmSelect } from "./create.js";
import { Area, Dialog, FormProblem, Save, useSubmit } from "./forms.js";
import { Invites } from "./invites.js";

function Film({ seat }) {
  const { room } = seat.state;
  const { busy, problem, submit } = useSubmit(async (form) => {
    if (form.video_id && form.video_id !== room.video?.id) await changeParty(room.id, { video_id: form.video_id });
  });
  return html`<form class="stack" onSubmit=${submit}>
    <${FormProblem} problem=${problem} />
    <${FilmSelect} chosen=${room.video?.id} />
    <button class="button" disabled=${busy}>Put it on for everybody</button>
  </form>`;
}

function Switch({ label, on, change }) {
  return html`<label class="row"><input type="checkbox" checked=${on} onChange=${(event) => change(event.target.checked)} />${label}</label>`;
}

const WAIT = [
  ["off", "Play on without them"],
  ["majority", "Wait, where it is most of us"],
  ["all", "Wait for them, ten seconds at most"],
];

const APPROVAL = [
  ["off", "Nobody"],
  ["guests", "Guests without an account"],
  ["everyone", "Everybody who is new"],
];

function Doors({ seat }) {
  const { settings } = seat.state.room;
  const set = (fields) => seat.act("settings", fields);
  return html`<div class="stack">
    <div class="field"><label for="who-controls">Who plays, pauses and seeks</label>
      <select id="who-controls" value=${settings.control} onChange=${(event) => set({ control: event.target.value })}>
        ${CONTROL.map(([value, words]) => html`<option value=${value} selected=${value === settings.control}>${words}</option>`)}
      </select></div>
    <div class="field"><label for="who-is-waited-for">When somebody's film stalls</label>
      <select id="who-is-waited-for" value=${settings.wait} onChange=${(event) => set({ wait: event.target.value })}>
        ${WAIT.map(([value, words]) => html`<option value=${value} selected=${value === settings.wait}>${words}</option>`)}
      </select></div>
    <div class="field"><label for="who-waits-outside">Who waits to be let in</label>
      <select id="who-waits-outside" value=${settings.approval} onChange=${(event) => set({ approval: event.target.value })}>
        ${APPROVAL.map(([value, words]) => html`<option value=${value} selected=${value === settings.approval}>${words}</option>`)}
      </select></div>
    <${Switch} label="Guests may enter" on=${settings.guests !== false} change=${(guests) => set({ guests })} />
    <${Switch} label="Reactions are open" on=${settings.reactions !== false} change=${(reactions) => set({ reactions })} />
    <${Switch} label="Chat is open" on=${settings.chat !== false} change=${(chat) => set({ chat })} />
  </div>`;
}

/** One line an emote: its name, and the emoji that it stands for. */
function Emotes({ seat }) {
  const emotes = seat.state.room.settings.emotes ?? {};
  const sending = useSubmit(async (form) => {
    const lines = form.emotes.split("\n").map((line) => line.trim().split(/\s+/)).filter(([name]) => name);
    const named = lines.map(([name, emoji = ""]) => [name.replace(/^:|:$/g, ""), emoji]);
    await seat.connection.command("settings", { emotes: Object.fromEntries(named) });
  });
  return html`<form class="stack" onSubmit=${sending.submit}>
    <${FormProblem} problem=${sending.problem} />
    <${Area} label="Emotes of this party" name="emotes" rows="3" placeholder="popcorn 🍿" hint="One a line: a name of small letters, and the emoji that it stands for."
      defaultValue=${Object.entries(emotes).map((one) => one.join(" ")).join("\n")} />
    <${Save} sending=${sending} words="Save emotes" />
  </form>`;
}

function End({ seat }) {
  const [sure, ask] = useState(false);
  if (!sure) return html`<button class="button" onClick=${() => ask(true)}>End the party…</button>`;
  return html`<div class="message" role="alert"><span>It ends for everybody, for good.</span>
    <button class="button primary" onClick=${() => seat.act("end")}>End it</button></div>`;
}

export function HostTools({ seat }) {
  const [open, show] = useState(false);
  if (seat.state.room.status === "ended") return null;
  return html`<button class="button" onClick=${() => show(true)}>Host tools</button>
    ${open && html`<${Dialog} title="Host tools" onClose=${() => show(false)}>
      <div class="stack host-tools"><${Film} seat=${seat} /><${Doors} seat=${seat} /><${Emotes} seat=${seat} /><${Invites} partyId=${seat.state.room.id} /><${End} seat=${seat} /></div>
    </${Dialog}>`}`;
}
