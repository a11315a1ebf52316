/** The chat: what is said, and the line to say something. */

import { html, useEffect, useState } from "../lib/html.js";
import { plural } from "../lib/format.js";
import { useSignal } from "../party/hooks.js";
import { mayChat } from "../party/room.js";
import { Down, Send } from "./icons.js";
import { callable, lines, useReading } from "./messages.js";

const LONGEST = 2_000;

function Composer({ seat }) {
  const [text, write] = useState("");
  const send = async (event) => {
    event.preventDefault();
    const body = text.trim();
    if (!body) return;
    write("");
    if (!(await seat.act("chat.send", { body }))) write((now) => now || body);
  };
  const key = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };
  return html`<form class="compose" onSubmit=${send}>
    <label class="unseen" for="say">Say something</label>
    <textarea id="say" rows="1" maxlength=${LONGEST} placeholder="Say something…" value=${text}
      onInput=${(event) => write(event.target.value)} onKeyDown=${key}></textarea>
    <button class="button primary icon" aria-label="Send" disabled=${!text.trim()}><${Send} /></button>
  </form>`;
}

export function Talk({ seat, faces, onUnread }) {
  useSignal(seat, "state");
  const { room, me } = seat.state;
  const { log, scrolled, toEnd, unread, firstUnread } = useReading(room.chat, me.member_id);
  useEffect(() => onUnread(unread), [unread]);
  const names = callable(room.members);
  return html`<section class="talk" aria-label="Chat">
    <header><h3>Chat</h3>${unread > 0 && html`<span class="badge live">${unread} new</span>`}</header>
    <div class="log" ref=${log} onScroll=${scrolled} tabindex="0" role="log" aria-live="polite" aria-label="Messages">
      ${room.chat.length
        ? html`<ol class="messages">${lines(room.chat, firstUnread, names, faces)}</ol>`
        : html`<div class="loading"><p>Nobody has said a word yet.<br />The first line is yours.</p></div>`}
    </div>
    ${unread > 0 && html`<div class="jump"><button class="button" onClick=${toEnd}>
      <${Down} />${plural(unread, "new message")}</button></div>`}
    ${mayChat(room, me.role)
      ? html`<${Composer} seat=${seat} />`
      : html`<p class="hush">${room.status === "ended" ? "The party has ended." : "The host has closed the chat."}</p>`}
  </section>`;
}
