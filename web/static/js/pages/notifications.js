/** All that one was told, page by page. */

import { html, useState } from "../lib/html.js";
import { dayName, plural } from "../lib/format.js";
import { markAllRead, notifications } from "../net/notifications.js";
import { Loading, Trouble, mount, useSession } from "../ui/frame.js";
import { MembersOnly } from "../ui/members-only.js";
import { More, usePages } from "../ui/paging.js";
import { Told } from "../ui/told.js";
import { Top } from "../ui/top.js";

function days(items) {
  return items.reduce((all, told) => {
    const day = dayName(Date.parse(told.created_at));
    if (all.at(-1)?.day === day) all.at(-1).items.push(told);
    else all.push({ day, items: [told] });
    return all;
  }, []);
}

const EMPTY = {
  true: ["All read", "There is nothing that you have not seen."],
  false: ["Nothing yet", "Invitations, mentions and new followers will stand here."],
};

function List() {
  const [unread, only] = useState(false);
  const pages = usePages((cursor) => notifications({ cursor, unread }), [unread]);
  const [trouble, set] = useState(null);
  const readAll = () => markAllRead().then(pages.again, set);
  const { items, last, error } = pages;
  const filter = (value, words) => html`<button aria-pressed=${unread === value} onClick=${() => only(value)}>${words}</button>`;
  return html`<div class="row spread">
      <div class="ranges" role="group" aria-label="Which">${filter(false, "All")}${filter(true, "Not read")}</div>
      ${last?.unread_count > 0 && html`<div class="row"><span class="quiet small" role="status">${plural(last.unread_count, "unread", "unread")}</span><button class="button" onClick=${readAll}>Mark all as read</button></div>`}</div>
    ${(error || trouble) && html`<${Trouble} error=${error ?? trouble} retry=${pages.again} />`}
    ${!items && !error && html`<${Loading} />`}
    ${items && !items.length && html`<div class="empty"><h3>${EMPTY[unread][0]}</h3><p>${EMPTY[unread][1]}</p></div>`}
    ${items && days(items).map(({ day, items: some }) => html`<section class="stack" key=${day} aria-label=${day}><h2 class="day-name">${day}</h2>
      <ul class="card told-list">${some.map((told) => html`<${Told} key=${told.id} told=${told} removable=${true} onChanged=${pages.again} />`)}</ul>
    </section>`)}
    <${More} pages=${pages} />`;
}

function Notifications() {
  const session = useSession();
  return html`<${Top} session=${session} />
    <main id="main" class="wrap page narrow stack">
      <div class="row spread"><h1>Notifications</h1><a href="/me#notices">What you are told, and how</a></div>
      <${MembersOnly} session=${session}><${List} /></${MembersOnly}></main>`;
}

mount(Notifications);
