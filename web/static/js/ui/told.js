/** One thing that one was told: it leads to where it happened, and is read by going there. */

import { html, useState } from "../lib/html.js";
import { fullMoment, relative } from "../lib/format.js";
import { deviceName } from "../lib/device.js";
import { elsewhere } from "../lib/elsewhere.js";
import { markRead, removeNotification } from "../net/notifications.js";
import { Close, Tick } from "./icons.js";

const KINDS = {
  invited: "Invitation",
  party_starting: "Soon",
  party_started: "On now",
  mentioned: "Mention",
  replied: "Reply",
  followed: "Follower",
  report_resolved: "Report",
  security: "Safety",
};

/** The sentence, with a device as its owner knows it. */
const sentence = ({ text, fields }) => (fields?.device ? text.replace(fields.device, () => deviceName(fields.device)) : text);

export function Told({ told, onChanged, onLeave, removable = false }) {
  const [busy, set] = useState(false);
  const fresh = !told.read_at;
  const act = async (send) => {
    set(true);
    await send(told.id).catch(() => {}); // it stays as it is, which is seen
    set(false);
    onChanged();
  };
  const go = () => {
    if (fresh) markRead(told.id).then(onChanged, () => {});
    onLeave?.();
  };
  const text = sentence(told);
  const at = Date.parse(told.created_at);
  return html`<li class=${`told ${fresh ? "fresh" : ""}`}>
    <a href=${told.path} ...${elsewhere()} onClick=${go}>
      <span class="text">${text}${fresh && html`<span class="unseen"> (not read)</span>`}</span>
      <span class="small quiet">${KINDS[told.kind] ?? told.kind} · <time datetime=${told.created_at} title=${fullMoment(at)}>${relative(at)}</time></span></a>
    ${fresh && html`<button class="button plain icon" disabled=${busy} aria-label=${`Mark as read: ${text}`} title="Mark as read"
      onClick=${() => act(markRead)}><${Tick} /></button>`}
    ${removable && html`<button class="button plain icon" disabled=${busy} aria-label=${`Take off the list: ${text}`}
      title="Take off the list" onClick=${() => act(removeNotification)}><${Close} /></button>`}
  </li>`;
}
