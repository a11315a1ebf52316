/** An ended party once more, for whoever was there: the film as it was played, with the chat and the reactions in time. */

import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { fullMoment, plural } from "../lib/format.js";
import { partyPath } from "../lib/places.js";
import { partyByCode, partyVideo, replayPage } from "../net/api.js";
import { Problem } from "../net/http.js";
import { useFaces } from "../party/faces.js";
import { useSignal } from "../party/hooks.js";
import { Replay } from "../replay/replay.js";
import { makePlayer } from "../sync/media.js";
import { Loading, Trouble, mount, signInPath, useLoaded, useSession } from "../ui/frame.js";
import { callable, lines, useReading } from "../ui/messages.js";
import { Moments, ReplayScreen } from "../ui/replay-screen.js";
import { Top } from "../ui/top.js";

const CODE = decodeURIComponent(location.pathname.split("/").at(-2));

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A page of a long evening; where one asks too fast, after a while. */
async function patiently(load) {
  for (;;) {
    try {
      return await load();
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== "rate_limited") throw problem;
      await pause(problem.retryAfterMs ?? 1_000);
    }
  }
}

/** {party, frames, reactions, sources} of the whole evening; `told(n)` hears how much of it is here. */
async function readEvening(told) {
  const party = await partyByCode(CODE);
  const frames = [];
  const reactions = [];
  if (party.status !== "ended") return { party, frames, reactions, sources: {} };
  for (let after = "0"; after !== null; ) {
    const page = await patiently(() => replayPage(party.id, after));
    frames.push(...page.items);
    reactions.push(...page.reactions);
    after = page.next;
    told(frames.length);
  }
  const ids = [...new Set(frames.flatMap(({ video }) => (video ? [video.id] : [])))];
  const found = await Promise.all(ids.map((id) => patiently(() => partyVideo(id, party.id)).catch(() => null))); // it may be gone
  const playable = found.filter((video) => video?.stream_url);
  const sources = Object.fromEntries(playable.map((video) => [video.id, { url: video.stream_url, durationMs: video.duration_ms }]));
  return { party, frames, reactions, sources };
}

function Said({ replay, faces }) {
  useSignal(replay, "state");
  const { room, said, count } = replay.state;
  const { log, scrolled } = useReading(said, null);
  return html`<section class="talk" aria-label="Chat">
    <header><h3>Chat</h3><span class="badge figures">${plural(count, "message")}</span></header>
    <div class="log" ref=${log} onScroll=${scrolled} tabindex="0" role="log" aria-live="polite" aria-label="Messages">
      ${said.length
        ? html`<ol class="messages">${lines(said, null, callable(room.members), faces)}</ol>`
        : html`<div class="loading"><p>Nobody had said a word yet.</p></div>`}
    </div>
    <p class="hush">As it was then. Nobody hears what you say now.</p>
  </section>`;
}

function Hall({ evening }) {
  const { party, frames, reactions, sources } = evening;
  const video = useMemo(makePlayer, []);
  const replay = useMemo(() => new Replay({ video, room: party, frames, reactions, sources }), []);
  useEffect(() => () => replay.close(), []);
  useSignal(replay, "state");
  const { room, show } = replay.state;
  const faces = useFaces(room, true);
  return html`<main id="main" class="hall replay">
    <div class="house">
      <div class="bill">
        <div class="title"><div class="row"><h1>${party.title}</h1><span class="badge">replay</span></div>
          <p class="quiet small">${fullMoment(Date.parse(party.started_at ?? party.created_at))}${show?.video && ` · showing: ${show.video.title}`}</p></div>
      </div>
      <${ReplayScreen} replay=${replay} video=${video} />
      <${Moments} replay=${replay} />
    </div>
    <${Said} replay=${replay} faces=${faces} />
  </main>`;
}

function Evening() {
  const [count, tell] = useState(0);
  const { value, error, again } = useLoaded(() => readEvening(tell), []);
  useEffect(() => {
    if (value) document.title = `${value.party.title}, again · Matinee`;
  }, [value]);
  if (error) return html`<main id="main" class="wrap page"><${Trouble} error=${error} retry=${again} /></main>`;
  if (!value) {
    return html`<main id="main"><${Loading} words=${count ? `Rewinding… ${plural(count, "moment")}` : "Rewinding…"} /></main>`;
  }
  if (value.party.status !== "ended") {
    return html`<main id="main" class="wrap farewell"><h1>It is not over yet</h1>
      <p class="quiet">A party can be watched again when it has ended.</p>
      <a class="button primary" href=${partyPath(CODE)}>Go to the party</a></main>`;
  }
  return html`<${Hall} evening=${value} />`;
}

function ReplayPage() {
  const session = useSession();
  if (session.ready && !session.user && !session.failed) location.replace(signInPath());
  return html`<${Top} session=${session} />
    ${session.failed && html`<main id="main" class="wrap page"><${Trouble} error=${session.failed} retry=${() => location.reload()} /></main>`}
    ${session.user ? html`<${Evening} />` : !session.failed && html`<main id="main"><${Loading} /></main>`}`;
}

mount(ReplayPage);
