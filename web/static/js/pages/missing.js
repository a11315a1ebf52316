import { html } from "../lib/html.js";
import { mount, useSession } from "../ui/frame.js";
import { Top } from "../ui/top.js";

function Missing() {
  const session = useSession();
  return html`<${Top} session=${session} />
    <main id="main" class="wrap farewell">
      <h1>This screen is dark</h1>
      <p class="quiet">There is no page at this address. Perhaps the link was cut short.</p>
      <a class="button primary" href="/">Back to the lobby</a>
    </main>`;
}

mount(Missing);
