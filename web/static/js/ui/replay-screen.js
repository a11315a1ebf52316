/** The screen of a replay: the picture as it was, and a bar over the length of the evening, which is the watcher's own. */

import { html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { clockTime, spokenTime, timeOfDay } from "../lib/format.js";
import { useSignal, useTicker } from "../party/hooks.js";
import { waitedFor } from "../party/room.js";
import { landmarks, liveliness, offsetOf } from "../replay/timeline.js";
import { Back, Forward, Full, Pause, Play, Silent } from "./icons.js";
import { Rising } from "./reactions.js";
import { Volume, keySeek } from "./screen.js";

const STEP_MS = 10_000;
const BARS = 120;

/** How lively it was when: what people go by who look for the good parts. The list of moments says it in words. */
function Marks({ timeline }) {
  const path = useMemo(() => {
    const heights = liveliness(timeline, BARS);
    return heights.map((height, i) => (height ? `M${i} 20v${-(2 + 18 * height).toFixed(1)}h.7V20z` : "")).join("");
  }, [timeline]);
  const films = useMemo(() => landmarks(timeline, 0).map(({ ms }) => offsetOf(timeline, ms) / Math.max(1, timeline.lengthMs)), [timeline]);
  return html`<div class="marks" aria-hidden="true">
    <svg viewBox=${`0 0 ${BARS} 20`} preserveAspectRatio="none"><path d=${path} /></svg>
    ${films.map((share) => html`<i key=${share} style=${{ left: `${share * 100}%` }}></i>`)}</div>`;
}

function Scrubber({ replay, said }) {
  useTicker(250);
  const [held, hold] = useState(null);
  const length = replay.timeline.lengthMs;
  const at = held ?? replay.pace.offsetMs;
  const release = (event) => {
    replay.seek(Number(event.target.value));
    hold(null);
  };
  return html`<div class="scrubber">
    <${Marks} timeline=${replay.timeline} />
    <input type="range" min="0" max=${Math.max(length, 1)} step="any" value=${at} disabled=${!length}
      aria-label="Moment of the evening" aria-valuetext=${`${spokenTime(at)} of ${spokenTime(length)}, ${said} messages so far`}
      style=${{ "--fill": `${length ? (at / length) * 100 : 0}%` }} onInput=${(event) => hold(Number(event.target.value))}
      onChange=${release} onKeyDown=${(event) => keySeek(event, at, (to) => replay.seek(to))} /></div>`;
}

function Time({ replay }) {
  useTicker(250);
  const { pace, timeline, ms, screen } = replay;
  return html`<span class="time figures small" role="timer"><b>${clockTime(pace.offsetMs)}</b> / ${clockTime(timeline.lengthMs)}</span>
    <span class="time figures small wide" title="What the clock said, and where the film was">
      ${timeOfDay(ms)}${screen?.video && ` · ▸ ${clockTime(screen.positionMs)}`}</span>`;
}

function Break({ replay }) {
  useTicker(500);
  const ahead = replay.state.begun && !replay.pace.over ? replay.breakMs : null;
  if (ahead === null) return null;
  return html`<button class="button skip-break" onClick=${() => replay.seek(replay.pace.offsetMs + ahead)}>
    <${Forward} />Skip to where the film goes on (${clockTime(ahead)})</button>`;
}

function Bar({ replay, video, screenRef }) {
  useSignal(replay, "state", "player");
  const { paused } = replay.pace;
  const jump = (by) => replay.seek(replay.pace.offsetMs + by);
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : screenRef.current.requestFullscreen());
  return html`<div class="bar">
    <${Scrubber} replay=${replay} said=${replay.state.count} />
    <div class="row">
      <button class="button primary icon" aria-label=${paused ? "Play" : "Pause"} onClick=${() => replay.toggle()}>
        ${paused ? html`<${Play} />` : html`<${Pause} />`}</button>
      <button class="button plain icon skip" aria-label="Back 10 seconds" onClick=${() => jump(-STEP_MS)}><${Back} /></button>
      <button class="button plain icon skip" aria-label="Forward 10 seconds" onClick=${() => jump(STEP_MS)}><${Forward} /></button>
      <${Time} replay=${replay} />
      <span class="grow"></span>
      <${Volume} video=${video} />
      <button class="button plain icon" aria-label="Full screen" onClick=${full}><${Full} /></button>
    </div>
  </div>`;
}

function Cover({ replay, video }) {
  useTicker(500);
  const { show, wait, begun, room } = replay.state;
  if (!begun || replay.pace.over) {
    return html`<div class="cover">${replay.pace.over && begun && html`<h2>That was the evening</h2>`}
      <button class="button primary big" onClick=${() => replay.play()}><${Play} />${begun ? "From the beginning" : "Watch it again"}</button></div>`;
  }
  if (!show?.video) return html`<div class="cover clear"><p>No film was on yet.</p></div>`;
  if (!replay.here) {
    return html`<div class="cover"><h2>${show.video.title}</h2><p>This film cannot be shown here any more. The chat goes on without it.</p></div>`;
  }
  if (replay.follower.state === "error") {
    return html`<div class="cover" role="alert"><h2>The film does not play here</h2>
      <p>${video.error?.message || "The browser could not load it."}</p>
      <button class="button" onClick=${() => video.load()}>Try again</button></div>`;
  }
  if (replay.follower.gate === "muted") {
    return html`<button class="button primary big sound-off" onClick=${() => replay.follower.join()}><${Silent} />Click for sound</button>`;
  }
  if (replay.pace.held) {
    return html`<div class="cover clear"><span class="spinner" role="status" aria-label="Buffering"></span></div>`;
  }
  const waited = waitedFor({ ...room, waiting: wait && { for: wait.ids } });
  return waited && html`<div class="cover clear"><p>The party waited for ${waited}</p></div>`;
}

export function ReplayScreen({ replay, video }) {
  useSignal(replay, "state", "player");
  const screenRef = useRef(null);
  const placeRef = useRef(null);
  useEffect(() => placeRef.current.prepend(video), [video]);
  return html`<section class="screen" ref=${screenRef} aria-label="Screen">
    <div class="picture"><div class="reel" ref=${placeRef}></div>
      <${Cover} replay=${replay} video=${video} /><${Break} replay=${replay} /><${Rising} seat=${replay} /></div>
    <${Bar} replay=${replay} video=${video} screenRef=${screenRef} />
  </section>`;
}

/** Ways into the evening, in words. */
export function Moments({ replay }) {
  const { timeline, state } = replay;
  const found = useMemo(() => landmarks(timeline), [timeline]);
  if (!found.length) return null;
  const emotes = state.room.settings.emotes ?? {};
  const words = ({ film, emoji, count }) => (film ? film.title : `${emotes[emoji.replaceAll(":", "")] ?? emoji} ×${count}`);
  return html`<section class="moments" aria-label="Moments">
    <h3>Moments</h3>
    <ul>${found.map((one) => html`<li key=${one.ms}><button class="button" onClick=${() => replay.seekMoment(one.ms)}>
      <span class="figures">${clockTime(offsetOf(timeline, one.ms))}</span>${words(one)}</button></li>`)}</ul>
  </section>`;
}
