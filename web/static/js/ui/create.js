/** Starting a party: a title, a film, a door, a time. */

import { html, useState } from "../lib/html.js";
import { clockTime } from "../lib/format.js";
import { createParty, videos } from "../net/api.js";
import { Dialog, Field, FormProblem, useSubmit } from "./forms.js";
import { useLoaded } from "./frame.js";

const DOORS = [
  ["unlisted", "With the link", "Whoever has the code may enter."],
  ["public", "Public", "Listed in the lobby."],
  ["private", "Private", "Invited people only."],
];
export const CONTROL = [
  ["cohosts", "Host and cohosts"],
  ["host", "The host alone"],
  ["everyone", "Everybody"],
];

export function FilmSelect({ chosen }) {
  const { value, error, loading } = useLoaded(() => videos(), []);
  const ready = (value?.items ?? []).filter((video) => video.status === "ready");
  return html`<div class="field"><label for="film">Film</label>
    <select id="film" name="video_id" disabled=${loading}>
      <option value="">${loading ? "Looking…" : "Choose later"}</option>
      ${ready.map((video) => html`<option key=${video.id} value=${video.id} selected=${video.id === chosen}>
        ${video.title}${video.duration_ms ? ` · ${clockTime(video.duration_ms)}` : ""}</option>`)}
    </select>
    ${error && html`<small class="wrong">${error.message}</small>`}
    ${!loading && !ready.length && html`<small>No film is ready yet. Upload one below, or start without.</small>`}
  </div>`;
}

export function CreateParty({ chosen, onClose }) {
  const [later, setLater] = useState(false);
  const { busy, problem, submit } = useSubmit(async (form) => {
    const party = await createParty({
      title: form.title.trim(),
      visibility: form.visibility,
      settings: { control: form.control },
      ...(form.video_id ? { video_id: form.video_id } : {}),
      ...(form.password ? { password: form.password } : {}),
      ...(form.scheduled_for ? { scheduled_for: new Date(form.scheduled_for).toISOString() } : {}),
    });
    location.assign(`/p/${party.code}`);
  });
  return html`<${Dialog} title="Start a party" onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <${FormProblem} problem=${problem} fields=${["title", "password", "scheduled_for"]} />
      <${Field} label="Title" name="title" required maxlength="100" placeholder="Friday night double feature" autofocus
        wrong=${problem?.of?.("title")} />
      <${FilmSelect} chosen=${chosen} />
      <fieldset class="choices"><legend>Who may enter</legend>
        ${DOORS.map(([value, words, more], i) => html`<label key=${value}>
          <input type="radio" name="visibility" value=${value} checked=${i === 0} />${words}<small>${more}</small></label>`)}
      </fieldset>
      <div class="field"><label for="control">Who plays, pauses and seeks</label>
        <select id="control" name="control">${CONTROL.map(([value, words]) => html`<option value=${value}>${words}</option>`)}</select></div>
      <${Field} label="Password" name="password" autocomplete="off" maxlength="128" hint="Leave it empty for an open door."
        wrong=${problem?.of?.("password")} />
      ${later
        ? html`<${Field} label="Starts at" name="scheduled_for" type="datetime-local" required wrong=${problem?.of?.("scheduled_for")} />`
        : html`<button type="button" class="button plain" onClick=${() => setLater(true)}>Schedule it for later…</button>`}
      <button class="button primary big" disabled=${busy}>${busy ? "Opening the doors…" : later ? "Schedule party" : "Open the doors"}</button>
    </form>
  </${Dialog}>`;
}
