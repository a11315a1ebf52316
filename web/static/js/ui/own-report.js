/** The part of a report's page below its top: for who is signed in, with the way back to their dashboard. */

import { html } from "../lib/html.js";
import { Loading, Trouble, signInPath } from "./frame.js";

/** `report` is the component that is shown to whoever is signed in. */
export function OwnReport({ session, report }) {
  if (session.ready && !session.user && !session.failed) location.replace(signInPath());
  return html`<main id="main" class="wrap report">
    <p class="small"><a href="/dashboard">← Your dashboard</a></p>
    ${session.failed && html`<${Trouble} error=${session.failed} retry=${() => location.reload()} />`}
    ${session.user ? html`<${report} />` : html`<${Loading} />`}</main>`;
}
