/** Tell the staff of something that nobody should have to see. */

import { html } from "../lib/html.js";
import { report } from "../net/people.js";
import { Area, Choice, Dialog, FormProblem, useSubmit } from "./forms.js";

export const REASONS = [
  ["harassment", "It harasses or bullies somebody"],
  ["hate", "It is hateful"],
  ["spam", "It is spam or a fraud"],
  ["sexual", "It is sexual and should not be here"],
  ["violence", "It threatens or shows violence"],
  ["self_harm", "Somebody may harm themselves"],
  ["copyright", "It is somebody else's work"],
  ["illegal", "It is against the law"],
  ["other", "Something else"],
];

/** `about` is {kind, id, party_id?}; `name` is what people call it. */
export function ReportDialog({ about, name, onClose }) {
  const { busy, problem, done, submit } = useSubmit((form) => report({ ...about, ...form }));
  return html`<${Dialog} title=${`Report ${name}`} onClose=${onClose}>
    ${done
      ? html`<div class="stack"><p role="status">Thank you. Somebody of the staff looks at it, and you are told when they did.</p>
          <button class="button primary big" onClick=${onClose}>Close</button></div>`
      : html`<form class="stack" onSubmit=${submit}>
          <p class="quiet small">Only the staff sees who reported it.</p>
          <${FormProblem} problem=${problem} fields=${["text"]} />
          <${Choice} label="What is wrong" name="reason" options=${REASONS} />
          <${Area} label="In your words" name="text" rows="4" maxlength="2000" hint="May stay empty." wrong=${problem?.of?.("text")} />
          <button class="button primary big" disabled=${busy}>${busy ? "Sending…" : "Send the report"}</button>
        </form>`}
  </${Dialog}>`;
}
