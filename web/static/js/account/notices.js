/** What one wants to be told, by which ways, and when to be left in peace. */

import { html, useEffect, useState } from "../lib/html.js";
import { choosePreferences, preferences } from "../net/account.js";
import { Choice, Field, FormProblem, Save, useSubmit } from "../ui/forms.js";
import { Loading, Trouble, useLoaded } from "../ui/frame.js";

const KINDS = {
  invited: "Somebody invites you",
  party_starting: "A party you are expected at starts soon",
  party_started: "Somebody you follow starts a party",
  mentioned: "Somebody mentions you",
  replied: "Somebody replies to you",
  followed: "Somebody follows you",
  report_resolved: "What you reported was looked at",
  security: "Sign-ins and changes of your account",
};
const WAYS = [
  ["in_app", "Here"],
  ["email", "Mail"],
  ["push", "Push"],
];
const MODES = [
  ["immediate", "As they come"],
  ["daily", "Once a day, in one mail"],
  ["weekly", "Once a week, in one mail"],
  ["off", "Not at all"],
];
const EDGES = { from: "Begin", to: "End" };
const NIGHT = { from: "22:00", to: "08:00" };

function Kind({ kind, words, ways, shown, set }) {
  const fixed = kind === "security";
  return html`<tr><th scope="row">${words}${fixed && html`<div class="small quiet">Always on, for your safety.</div>`}</th>
    ${shown.map(([way, name]) => html`<td key=${way}><input type="checkbox" checked=${ways[way]} disabled=${fixed}
      aria-label=${`${words}: ${name}`} onChange=${(event) => set({ ...ways, [way]: event.target.checked })} /></td>`)}</tr>`;
}

function Quiet({ hours, zone, set }) {
  return html`<div class="stack">
    <label class="row"><input type="checkbox" checked=${Boolean(hours)} onChange=${(event) => set(event.target.checked ? NIGHT : null)} />
      Quiet hours</label>
    <p class="small quiet">Mails and pushes wait until they are over; here everything is listed at once. Times are those of ${zone}.</p>
    ${hours && html`<div class="pair">${Object.entries(EDGES).map(([name, label]) => html`<${Field} key=${name} label=${label} type="time"
      required value=${hours[name]} onInput=${(event) => set({ ...hours, [name]: event.target.value })} />`)}</div>`}
  </div>`;
}

function Choices({ loaded }) {
  const [chosen, choose] = useState(loaded);
  const sending = useSubmit(async () => {
    const { kinds, email_mode: mode, quiet_hours: hours } = chosen;
    choose(await choosePreferences({ kinds, email_mode: mode, quiet_hours: hours }));
  });
  const set = (change) => choose((before) => ({ ...before, ...change }));
  const shown = WAYS.filter(([way]) => way !== "push" || chosen.push_public_key);
  return html`<form class="stack" onSubmit=${sending.submit}>
    <${FormProblem} problem=${sending.problem} />
    <table class="ways"><thead><tr><th scope="col"><span class="unseen">What</span></th>
      ${shown.map(([way, name]) => html`<th key=${way} scope="col">${name}</th>`)}</tr></thead>
      <tbody>${Object.entries(KINDS).map(([kind, words]) => html`<${Kind} key=${kind} kind=${kind} words=${words} shown=${shown}
        ways=${chosen.kinds[kind]} set=${(ways) => set({ kinds: { ...chosen.kinds, [kind]: ways } })} />`)}</tbody></table>
    <${Choice} label="Mails come" options=${MODES} chosen=${chosen.email_mode}
      onChange=${(event) => set({ email_mode: event.target.value })} />
    <${Quiet} hours=${chosen.quiet_hours} zone=${chosen.time_zone} set=${(hours) => set({ quiet_hours: hours })} />
    <${Save} sending=${sending} />
  </form>`;
}

export function Notices({ zone }) {
  const { value, error, again } = useLoaded(preferences, [zone]);
  const [turn, next] = useState(0);
  useEffect(() => next((n) => n + 1), [value]);
  return html`<div class="card">
    ${error && html`<${Trouble} error=${error} retry=${again} />`}
    ${!value && !error && html`<${Loading} />`}
    ${value && html`<${Choices} key=${turn} loaded=${value} />`}</div>`;
}
