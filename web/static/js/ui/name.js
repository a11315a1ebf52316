/** A name that leads to its page, in another tab: nobody should leave the party by it. */

import { html } from "../lib/html.js";
import { personPath } from "../lib/places.js";

export function Name({ name, face, hue = "" }) {
  const words = face?.username
    ? html`<a href=${personPath(face.username)} target="_blank" rel="noopener" title=${`@${face.username}, in another tab`}>${name}</a>`
    : name;
  return html`<span class=${`name ${hue}`}>${words}</span>`;
}
