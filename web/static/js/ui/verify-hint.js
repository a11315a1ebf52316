/** Reminds whoever has not confirmed their address, and sends the link again. */

import { html, useState } from "../lib/html.js";
import { resendVerification } from "../net/api.js";

export function VerifyHint({ user }) {
  const [state, set] = useState({ busy: false, words: null });
  if (!user || user.verified) return null;
  const again = async () => {
    set({ busy: true, words: null });
    try {
      await resendVerification();
      set({ busy: true, words: `Another link is on its way to ${user.email}.` });
    } catch (problem) {
      set({ busy: false, words: problem.message });
    }
  };
  return html`<div class="message calm" role="status">
    <span>${state.words ?? `Confirm your address: a link was sent to ${user.email}.`}</span>
    <button class="button" type="button" disabled=${state.busy} onClick=${again}>Send it again</button>
  </div>`;
}
