/** The party page: a door for strangers, then the screen, the people and the chat. */

import { kept } from "../lib/kept.js";
import { takeInvite } from "../lib/link-token.js";
import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { useFaces } from "../party/faces.js";
import { useSignal, useTicker } from "../party/hooks.js";
import { beginsMs, seating, isHere } from "../party/room.js";
import { Seat } from "../party/seat.js";
import { accessToken } from "../net/session.js";
import { makePlayer } from "../sync/media.js";
import { Door, Farewell } from "../ui/door.js";
import { Loading, Trouble, mount, useSession } from "../ui/frame.js";
import { HostTools } from "../ui/host.js";
import { Link } from "../ui/icons.js";
import { People } from "../ui/people.js";
import { Knocking, Outside } from "../ui/porch.js";
import { Reactions } from "../ui/reactions.js";
import { Rsvp } from "../ui/rsvp.js";
import { Screen } from "../ui/screen.js";
import { Talk } from "../ui/talk.js";
import { Top } from "../ui/top.js";

const CODE = decodeURIComponent(location.pathname.split("/").at(-1));
const guestName = kept(localStorage, "matinee.guest-name");
const guestHere = kept(sessionStorage, `matinee.guest.${CODE}`);
/** What the link brought along; it outlives the way through the sign-in page, and is forgotten once one is seated. */
const invited = kept(sessionStorage, `matinee.invite.${CODE}`);
const brought = takeInvite();
if (brought) invited.save(brought);
const STATUS_WORDS = { live: "live", lobby: "not started", scheduled: "scheduled", ended: "ended" };

function makeSeat(video, guest, password) {
  const url = `${location.origin.replace(/^http/, "ws")}/ws/parties/${encodeURIComponent(CODE)}`;
  const credential = async (fresh) => {
    const invite = invited.load();
    const secret = { ...(password ? { password } : {}), ...(invite ? { invite } : {}) };
    return guest ? { guest, ...secret } : { token: await accessToken(fresh), ...secret };
  };
  const seat = new Seat({ video, url, place: guest ? `${CODE}.guest` : CODE, credential });
  seat.connection.addEventListener("welcome", () => invited.save(null));
  return seat;
}

function Code({ code }) {
  const [copied, set] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(`${location.origin}/p/${code}`);
    set(true);
    setTimeout(() => set(false), 2_000);
  };
  return html`<span class="code"><span class="unseen">Party code</span><b class="figures">${code}</b>
    <button class="button" onClick=${copy} aria-live="polite"><${Link} />${copied ? "Link copied" : "Copy link"}</button></span>`;
}

function Banner({ seat }) {
  useTicker(500);
  const { phase, fault } = seat.state;
  if (phase === "lost") {
    return html`<div class="banner" role="status"><span class="spinner" aria-hidden="true"></span>
      <span>The line dropped. Coming back to your seat…</span>
      <button class="button" onClick=${() => seat.connection.retryNow()}>Try now</button></div>`;
  }
  if (!fault) return null;
  return html`<div class="banner" role="alert"><span>${fault.message}</span>
    <button class="button" onClick=${() => seat.dismissFault()}>Dismiss</button></div>`;
}

function Hall({ seat, video, user }) {
  const [tab, choose] = useState("talk");
  const [unread, setUnread] = useState(0);
  const { room } = seat.state;
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${room.title} · Matinee`;
  }, [unread, room.title]);
  const here = seating(room).filter(isHere).length;
  const faces = useFaces(room, Boolean(user));
  const tabButton = (name, words) => html`<button class="button" role="tab" aria-selected=${tab === name}
    onClick=${() => choose(name)}>${words}</button>`;
  return html`<main id="main" class="hall" data-tab=${tab}>
    <div class="house">
      <div class="bill">
        <div class="title"><div class="row"><h1>${room.title}</h1>
          <span class=${`badge ${room.status === "live" ? "live" : ""}`}>${STATUS_WORDS[room.status]}</span></div>
          ${room.video && html`<p class="quiet small">Now showing: ${room.video.title}</p>`}</div>
        <span class="grow"></span>
        ${seat.state.me.role === "host" && html`<${HostTools} seat=${seat} />`}
        <${Code} code=${room.code} /></div>
      ${user && beginsMs(room) > seat.connection.now() && html`<${Rsvp} partyId=${room.id} startsMs=${room.scheduled_for_ms} />`}
      <${Knocking} seat=${seat} />
      <${Screen} seat=${seat} video=${video} />
      <${Reactions} seat=${seat} />
      <${People} seat=${seat} faces=${faces} />
    </div>
    <div class="tabs" role="tablist">
      ${tabButton("talk", unread ? `Chat (${unread})` : "Chat")}${tabButton("people", `People (${here})`)}</div>
    <${Talk} seat=${seat} faces=${faces} onUnread=${setUnread} />
  </main>`;
}

function Seated({ session, guest }) {
  const video = useMemo(makePlayer, []);
  const [entry, enter] = useState({ password: null, turn: 0 });
  const seat = useMemo(() => makeSeat(video, guest, entry.password), [guest, entry]);
  useEffect(() => () => seat.close(), [seat]);
  useSignal(seat, "state");
  const { phase, room, farewell } = seat.state;
  const again = (password = entry.password) => enter({ password, turn: entry.turn + 1 });
  if (phase === "final") {
    return html`<${Top} session=${session} /><${Farewell} farewell=${farewell} code=${CODE} isGuest=${Boolean(guest)}
      onPassword=${again} onAgain=${() => again()} />`;
  }
  if (phase === "outside") return html`<${Top} session=${session} /><${Outside} seat=${seat} code=${CODE} />`;
  return html`<${Top} session=${session} /><${Banner} seat=${seat} />
    ${room ? html`<${Hall} seat=${seat} video=${video} user=${session.user} />` : html`<main id="main"><${Loading} words="Finding your seat…" /></main>`}`;
}

function Party() {
  const session = useSession();
  const [guest, setGuest] = useState(() => guestHere.load());
  if (!session.ready) return html`<${Top} session=${session} /><${Loading} />`;
  if (session.failed) {
    return html`<${Top} session=${session} /><main id="main" class="wrap">
      <${Trouble} error=${session.failed} retry=${() => location.reload()} /></main>`;
  }
  if (session.user) return html`<${Seated} session=${session} guest=${null} />`;
  if (guest) return html`<${Seated} session=${session} guest=${guest} />`;
  const come = (name) => {
    guestName.save(name);
    guestHere.save(name);
    setGuest(name);
  };
  return html`<${Top} session=${session} /><${Door} code=${CODE} name=${guestName.load() ?? ""} onEnter=${come} />`;
}

// A page taken from the back-forward cache holds a dead line and a closed view.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
mount(Party);
