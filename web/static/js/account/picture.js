/** One's picture: seen before it is sent. The server makes it square and small, and forgets where it was taken. */

import { html, useRef, useState } from "../lib/html.js";
import { putAvatar, removeAvatar } from "../net/account.js";
import { dataAddress } from "../net/pictures.js";
import { know } from "../net/session.js";
import { Avatar, Trouble } from "../ui/frame.js";

const MOST_BYTES = 2 * 1024 * 1024;
const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const WANTED = "PNG, JPEG, WebP or GIF, up to 2 MB.";

export function Picture({ user }) {
  const [chosen, choose] = useState(null);
  const [state, set] = useState({ busy: false, error: null, words: "" });
  const input = useRef(null);
  const pick = async (file) => {
    if (!file) return;
    if (!KINDS.includes(file.type) || file.size > MOST_BYTES) {
      set({ busy: false, error: new Error(`That does not do: ${WANTED}`), words: "" });
      return;
    }
    set({ busy: false, error: null, words: "This is how it will look." });
    choose({ file, address: await dataAddress(file) });
  };
  const act = async (send, words) => {
    set({ busy: true, error: null, words: "" });
    try {
      const { profile } = (await send()) ?? {};
      know({ profile: profile ?? { ...user.profile, avatar_url: null } });
      choose(null);
      set({ busy: false, error: null, words });
    } catch (error) {
      set({ busy: false, error, words: "" });
    }
  };
  const keep = () => act(() => putAvatar(chosen.file), "Your picture is in place.");
  const remove = () => act(removeAvatar, "Your picture is gone.");
  const { avatar_url: present } = user.profile;
  return html`<div class="picture-choice" aria-busy=${state.busy}>
    <${Avatar} id=${user.id} name=${user.display_name} picture=${chosen?.address ?? present}
      guarded=${!chosen && user.profile.privacy !== "public"} big=${true} />
    <div class="stack">
      <div class="row">
        <input class="unseen" ref=${input} id="picture" type="file" accept=${KINDS.join()} tabindex="-1" aria-label="Picture file"
          onChange=${(event) => pick(event.target.files[0])} />
        ${chosen
          ? html`<button class="button primary" disabled=${state.busy} onClick=${keep}>Use this picture</button>
              <button class="button" disabled=${state.busy} onClick=${() => choose(null)}>Keep the old one</button>`
          : html`<button class="button" disabled=${state.busy} onClick=${() => input.current.click()}>
              ${present ? "Change the picture" : "Choose a picture"}</button>
              ${present && html`<button class="button plain" disabled=${state.busy} onClick=${remove}>Remove it</button>`}`}
      </div>
      <p class="small quiet" role="status">${state.words || WANTED}</p>
      ${state.error && html`<${Trouble} error=${state.error} />`}
    </div>
  </div>`;
}
