/** What only somebody who is signed in sees; strangers are asked to, and come back here. */

import { html } from "../lib/html.js";
import { weather } from "../net/weather.js";
import { useSignal } from "../party/hooks.js";
import { Loading, Trouble, signInPath } from "./frame.js";

export function MembersOnly({ session, children }) {
  useSignal(weather, "change");
  if (session.failed) return html`<${Trouble} error=${session.failed} retry=${() => location.reload()} />`;
  if (session.user) return children;
  if (session.ready && weather.now?.code === "suspended") {
    return html`<div class="empty"><h3>You are signed out</h3><p>Nothing of your account can be shown while it is shut.</p></div>`;
  }
  if (session.ready) location.replace(signInPath());
  return html`<${Loading} />`;
}
