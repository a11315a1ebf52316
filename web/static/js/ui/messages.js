/** Messages of a chat, as the party and its replay show them. Text is set as text; nothing that anybody writes becomes markup. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { clockTime, dayName, fullMoment, hueOf, timeOfDay } from "../lib/format.js";
import { Avatar } from "./frame.js";
import { Name } from "./name.js";

const GROUP_MS = 4 * 60_000;
const NEAR_END_PX = 60;

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

export function lines(chat, firstUnread, names, faces) {
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

/** Names as an @ calls them. */
export const callable = (members) => new Set(Object.values(members).map(({ name }) => name.toLowerCase().replaceAll(" ", "")));

/** Follows the end of the log unless the person scrolled up; counts what they have not seen. */
export function useReading(chat, mine) {
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
