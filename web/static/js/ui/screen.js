/** The screen: the picture, what covers it when it cannot play, and the bar beneath. */

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { clockTime, fullMoment, relative, spokenTime } from "../lib/format.js";
import { useSignal, useTicker } from "../party/hooks.js";
import { beginsMs, mayControl, waitedFor } from "../party/room.js";
import { verdict } from "../sync/drift.js";
import { Back, Forward, Full, Pause, Play, Silent, Sound } from "./icons.js";
import { Rising } from "./reactions.js";

const STEP_MS = 10_000;
const DAY_MS = 24 * 3_600_000;

/** What the buttons do: they command the party, or only this player for a person who does not follow. */
function controls(seat, video) {
  const own = !seat.follower.following;
  return {
    toggle: () => {
      if (own) return video.paused ? video.play() : video.pause();
      return seat.act(seat.state.room.playback.paused ? "play" : "pause");
    },
    seek: (ms) => {
      const to = Math.max(0, Math.min(ms, seat.follower.durationMs ?? ms));
      if (own) video.currentTime = to / 1000;
      else seat.act("seek", { position_ms: Math.round(to) });
    },
  };
}

function SeekBar({ seat, allowed, onSeek }) {
  useTicker(250);
  const [held, hold] = useState(null);
  const duration = seat.follower.durationMs ?? 0;
  const at = held ?? (seat.follower.following ? seat.follower.partyMs : seat.follower.positionMs) ?? 0;
  const release = (event) => {
    onSeek(Number(event.target.value));
    seat.follower.scrubbing = false;
    hold(null);
  };
  const scrub = (event) => {
    seat.follower.scrubbing = true;
    hold(Number(event.target.value));
  };
  return html`<input type="range" min="0" max=${Math.max(duration, 1)} step="any" value=${at} disabled=${!allowed || !duration}
      aria-label="Position in the film" aria-valuetext=${`${spokenTime(at)} of ${spokenTime(duration)}`}
      style=${{ "--fill": `${duration ? (at / duration) * 100 : 0}%` }} onInput=${scrub} onChange=${release}
      onKeyDown=${(event) => keySeek(event, at, onSeek)} />`;
}

function Time({ seat }) {
  useTicker(250);
  const at = seat.follower.following ? seat.follower.partyMs : seat.follower.positionMs;
  return html`<span class="time figures small" role="timer"><b>${clockTime(at ?? 0)}</b> / ${clockTime(seat.follower.durationMs)}</span>`;
}

/** Arrows move by 5 s, Page keys by a minute; the browser's own steps would be pixels. */
export function keySeek(event, at, onSeek) {
  const by = { ArrowLeft: -5_000, ArrowRight: 5_000, PageDown: -60_000, PageUp: 60_000 }[event.key];
  if (!by) return;
  event.preventDefault();
  onSeek(Math.max(0, at + by));
}

export function Volume({ video }) {
  useSignal(video, "volumechange");
  const silent = video.muted || video.volume === 0;
  return html`<button class="button plain icon" aria-label=${silent ? "Sound on" : "Mute"} aria-pressed=${silent}
      onClick=${() => (video.muted = !video.muted)}>${silent ? html`<${Silent} />` : html`<${Sound} />`}</button>
    <input class="volume" type="range" min="0" max="1" step="0.05" value=${video.muted ? 0 : video.volume}
      aria-label="Volume" style=${{ "--fill": `${(video.muted ? 0 : video.volume) * 100}%` }}
      onInput=${(event) => {
        video.volume = Number(event.target.value);
        video.muted = false;
      }} />`;
}

function InStep({ seat }) {
  useTicker(500);
  const { following, drift, state } = seat.follower;
  if (!following) return html`<span class="step"><span class="dot"></span>On your own</span>`;
  if (state === "buffering") return html`<span class="step fair"><span class="dot"></span>Buffering</span>`;
  if (state !== "playing") return null;
  const { level, words } = verdict(drift);
  const exact = drift === null ? "" : ` · ${Math.abs(drift) < 1 ? "<1" : Math.round(Math.abs(drift))} ms`;
  return html`<span class=${`step figures ${level}`} title="How far this player is from the party's time">
    <span class="dot"></span>${words}${level === "good" ? exact : ""}</span>`;
}

function Bar({ seat, video, screenRef }) {
  const { room, me } = seat.state;
  const own = !seat.follower.following;
  const allowed = Boolean(room.video) && (own || (mayControl(room, me.role) && seat.state.phase === "here"));
  const { toggle, seek } = controls(seat, video);
  const paused = own ? video.paused : room.playback.paused;
  const why = allowed ? undefined : "Only the host and cohosts control playback";
  const jump = (by) => seek((own ? seat.follower.positionMs : seat.follower.partyMs) + by);
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : screenRef.current.requestFullscreen());
  return html`<div class="bar">
    <${SeekBar} seat=${seat} allowed=${allowed} onSeek=${seek} />
    <div class="row">
      <button class="button primary icon" aria-label=${`${paused ? "Play" : "Pause"}${own ? "" : " for everybody"}`} title=${why}
        disabled=${!allowed} onClick=${toggle}>${paused ? html`<${Play} />` : html`<${Pause} />`}</button>
      <button class="button plain icon skip" aria-label="Back 10 seconds" title=${why} disabled=${!allowed}
        onClick=${() => jump(-STEP_MS)}><${Back} /></button>
      <button class="button plain icon skip" aria-label="Forward 10 seconds" title=${why} disabled=${!allowed}
        onClick=${() => jump(STEP_MS)}><${Forward} /></button>
      <${Time} seat=${seat} />
      <span class="grow"></span>
      <${InStep} seat=${seat} />
      <button class="button plain wide" aria-pressed=${own} onClick=${() => seat.follower.setFollowing(own)}>
        ${own ? "Rejoin the party" : "Don't follow"}</button>
      <${Volume} video=${video} />
      <button class="button plain icon" aria-label="Full screen" onClick=${full}><${Full} /></button>
    </div>
  </div>`;
}

/** Until the start; from then on the host is waited for. */
function Countdown({ seat, startMs }) {
  useTicker(500);
  const leftMs = startMs - seat.connection.now();
  if (leftMs <= 0) {
    return html`<div class="cover" role="status"><h2>Waiting for the host</h2>
      <p>It starts as soon as the host or a cohost is here.</p></div>`;
  }
  return html`<div class="cover" role="timer"><h2 class="figures">Starts ${leftMs < DAY_MS ? `in ${clockTime(leftMs)}` : relative(startMs)}</h2>
    <p>${fullMoment(startMs)}</p></div>`;
}

function Cover({ seat, video }) {
  const { room } = seat.state;
  const { gate, state, following } = seat.follower;
  if (beginsMs(room) !== null && room.playback.paused) return html`<${Countdown} seat=${seat} startMs=${beginsMs(room)} />`;
  if (!room.video) {
    return html`<div class="cover"><h2>The screen is waiting</h2>
      <p>No film has been chosen for this party yet.</p></div>`;
  }
  if (!room.video.stream_url) {
    return html`<div class="cover"><h2>${room.video.title}</h2>
      <p>This film is still being prepared, or cannot be shown here.</p></div>`;
  }
  if (state === "error") {
    return html`<div class="cover" role="alert"><h2>The film does not play here</h2>
      <p>${video.error?.message || "The browser could not load it."}</p>
      <button class="button" onClick=${() => seat.load()}>Try again</button></div>`;
  }
  if (gate === "blocked" || gate === "held") {
    return html`<div class="cover"><button class="button primary big" onClick=${() => seat.follower.join()}>
      <${Play} />${gate === "held" ? "Continue with the party" : "Click to join playback"}</button></div>`;
  }
  if (gate === "muted") {
    return html`<button class="button primary big sound-off" onClick=${() => seat.follower.join()}>
      <${Silent} />Click for sound</button>`;
  }
  if (waitedFor(room) && following) {
    return html`<div class="cover" role="status"><span class="spinner" aria-hidden="true"></span>
      <p>Waiting for ${waitedFor(room)}</p></div>`;
  }
  if (state === "buffering" && following) {
    return html`<div class="cover clear"><span class="spinner" role="status" aria-label="Buffering"></span></div>`;
  }
  return null;
}

export function Screen({ seat, video }) {
  useSignal(seat, "state", "player");
  const screenRef = useRef(null);
  const placeRef = useRef(null);
  useEffect(() => placeRef.current.prepend(video), [video]);
  const { room } = seat.state;
  return html`<section class="screen" ref=${screenRef} aria-label="Screen">
    <div class="picture"><div class="reel" ref=${placeRef}></div>
      ${room && html`<${Cover} seat=${seat} video=${video} /><${Rising} seat=${seat} />`}</div>
    ${room && html`<${Bar} seat=${seat} video=${video} screenRef=${screenRef} />`}
  </section>`;
}
