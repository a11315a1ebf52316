/** The chat. Text is set as text; nothing that anybody writes becomes markup. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { clockTime, dayName, fullMoment, hueOf, plural, timeOfDay } from "../lib/format.js";
import { useSignal } from "../party/hooks.js";
import { mayChat } from "../party/room.js";
import { Avatar } from "./frame.js";
import { Down, Send } from "./icons.js";
import { Name } from "./name.js";

const GROUP_MS = 4 * 60_000;
const NEAR_END_PX = 60;
const LONGEST = 2_000;

/** The words of a message, with @names of people here set apart. */
function Body({ message, names }) {
  if (message.hidden) return html`<p class="quiet">Hidden: you block them.</p>`;
  const text = message.body;
  const parts = text.split(/(@[\p{L}\p{N}_.-]+)/u);
  return html`<p>${parts.map((part) =>
    part.startsWith("@") && names.has(part.slice(1).toLowerCase()) ? html`<span class="meant">${part}</span>` : part,
  )}</p>`;
}

function Said({ message, before, names, face }) {
  const follows = before && before.member_id === message.member_id && message.at_ms - before.at_ms < GROUP_MS;
  if (follows) return html`<li class="said more"><${Body} message=${message} names=${names} /></li>`;
  const film = clockTime(message.position_ms);
  return html`<li class="said">
    <${Avatar} id=${message.member_id} name=${message.name} picture=${face?.avatar_url} />
    <div><div class="line">
      <${Name} name=${message.name} face=${face} hue=${`hue-${hueOf(message.member_id)}`} />
      <time datetime=${new Date(message.at_ms).toISOString()} title=${fullMoment(message.at_ms)}>
        ${timeOfDay(message.at_ms)}</time>
      <time class="film-time" title="Where the film was">▸ ${film}</time></div></div>
    <${Body} message=${message} names=${names} />
  </li>`;
}

function lines(chat, firstUnread, names, faces) {
  return chat.flatMap((message, i) => {
    const before = chat[i - 1];
    const newDay = !before || dayName(before.at_ms) !== dayName(message.at_ms);
    const isNew = message.id === firstUnread;
    return [
      newDay && html`<li class="day" key=${`day-${message.id}`}>${dayName(message.at_ms)}</li>`,
      isNew && html`<li class="day new" key="new">New</li>`,
      html`<${Said} key=${message.id} message=${message} before=${newDay || isNew ? null : before} names=${names}
        face=${faces[message.member_id]} />`,
    ];
  });
}

/** Follows the end of the log unless the person scrolled up; counts what they have not seen. */
function useReading(chat, mine) {
  const log = useRef(null);
  const atEnd = useRef(true);
  const [seen, see] = useState(null);
  const last = chat.at(-1);
  const toEnd = () => {
    log.current.scrollTop = log.current.scrollHeight;
    atEnd.current = true;
    if (!document.hidden) see(last?.id ?? null);
  };
  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = log.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (atEnd.current && !document.hidden) see(last?.id ?? null);
  };
  useLayoutEffect(() => {
    if (atEnd.current || last?.member_id === mine) toEnd();
  }, [last?.id]);
  useEffect(() => {
    const back = () => !document.hidden && atEnd.current && see(last?.id ?? null);
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, [last?.id]);
  const at = chat.findIndex((message) => message.id === seen);
  const unread = seen === null ? 0 : chat.slice(at + 1).filter((message) => message.member_id !== mine).length;
  const firstUnread = unread && at >= 0 ? chat[at + 1].id : null;
  return { log, scrolled, toEnd, unread, firstUnread };
}

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
  const names = new Set(Object.values(room.members).map((member) => member.name.toLowerCase().replaceAll(" ", "")));
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
