/** Who one is to others: name, words, time zone, and who may see them. */

import { html } from "../lib/html.js";
import { changeProfile } from "../net/account.js";
import { know } from "../net/session.js";
import { Area, Choice, Field, FormProblem, Save, useSubmit } from "../ui/forms.js";
import { Picture } from "./picture.js";

const FIELDS = ["display_name", "bio", "time_zone", "privacy"];
const PRIVACY = [
  ["public", "Everybody"],
  ["followers", "Only people who follow me"],
  ["private", "Nobody"],
];

function zones(chosen) {
  const known = Intl.supportedValuesOf("timeZone");
  const all = new Set(["UTC", ...known, chosen]);
  return [...all].map((zone) => [zone, zone.replaceAll("_", " ")]);
}

export function Profile({ user }) {
  const { profile } = user;
  const sending = useSubmit(async (form) => {
    know(await changeProfile({ ...form, display_name: form.display_name.trim() }));
  });
  const wrong = (field) => sending.problem?.of?.(field);
  return html`<div class="card stack">
    <${Picture} user=${user} />
    <form class="stack" onSubmit=${sending.submit}>
      <${FormProblem} problem=${sending.problem} fields=${FIELDS} />
      <${Field} label="Display name" name="display_name" defaultValue=${profile.display_name} required maxlength="50"
        autocomplete="name" wrong=${wrong("display_name")} />
      <${Area} label="About you" name="bio" rows="3" maxlength="1000" defaultValue=${profile.bio} wrong=${wrong("bio")}
        hint="A few words on your profile." />
      <div class="pair">
        <${Choice} label="Time zone" name="time_zone" options=${zones(profile.time_zone)} chosen=${profile.time_zone}
          wrong=${wrong("time_zone")} hint="Quiet hours and digests go by it." />
        <${Choice} label="Who sees picture, words and counts" name="privacy" options=${PRIVACY} chosen=${profile.privacy}
          wrong=${wrong("privacy")} hint="Your name is always seen." />
      </div>
      <${Save} sending=${sending} />
    </form>
    <p class="small quiet"><a href=${`/u/${user.username}`}>See your profile as it stands</a></p>
  </div>`;
}
