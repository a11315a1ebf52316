/**
 * Holds one video element on the party's timeline.
 *
 * Theory. The party's playback says where the film is at any server time. A start or a seek is met in three steps: put
 * the player, paused, where the party will be when the player is through (`landing`), wait until the party is there
 * less the learned start latency, call `play()`. From then on a tick every 250 ms measures the drift and mends it by rate
 * (`drift.js`). Nothing the element does is ever sent to the party, so there is no feedback loop: commands come from
 * the controls alone. Nothing is corrected while the person scrubs, while the player waits for data, when the timer
 * was throttled (hidden tab), or when the person chose not to follow.
 */

import { AT_REST, STARTING, TICK_MS, decide } from "./drift.js";
import { FrameClock } from "./frames.js";
import { Latency } from "./latency.js";
import { StallWatch, bufferedMs, mediaState, playAloud, setRate } from "./media.js";
import { landing, moving, positionAt, timeOf } from "./playback.js";

/** A paused player this near is right. */
const EXACT_MS = 2;
/** A start that would be late by no more than this plays at once: rate mends it faster than a further seek would. */
const LATE_MS = 400;
/** Having moved this far it runs evenly: the first frames of a start come as they like. */
const RUNNING_MS = 200;
const THROTTLED_MS = TICK_MS * 2.5;
const ALIGN_AGAIN_MS = 3_000;
const RATE_STEP = 0.0025;

export class Follower extends EventTarget {
  #video;
  #serverNow;
  #localNow;
  #frames;
  #stalls;
  #latency = new Latency();
  #playback = null;
  #durationHint = null;
  #state = AT_REST;
  #lastTick = 0;
  #lastAlign = -Infinity;
  #seekCalled = null;
  #armTimer = null;
  /** What we last asked of the element; a pause that we did not ask for is somebody else's. */
  #wantsPlay = false;
  #begun = null;
  #tickTimer;
  /** While true nothing is corrected. */
  scrubbing = false;
  following = true;
  /** ms ahead of the party, as last measured; null while there is nothing to measure. */
  drift = null;
  /** blocked: the browser wants a click first; muted: it plays without sound; held: something else paused it. */
  gate = null;

  /** `serverNow` and `localNow` give milliseconds. */
  constructor(video, { serverNow, localNow }) {
    super();
    this.#video = video;
    this.#serverNow = serverNow;
    this.#localNow = localNow;
    this.#frames = new FrameClock(video, (at) => this.#expectedAt(at));
    this.#stalls = new StallWatch(video, {
      localNow,
      began: () => this.#emit("change"),
      ended: (ms) => this.#emit("stalled", { ms, positionMs: video.currentTime * 1000 }),
    });
    const on = (name, act) => video.addEventListener(name, act);
    on("loadedmetadata", () => this.#loaded());
    on("seeking", () => this.#frames.reset());
    on("seeked", () => this.#sought());
    on("playing", () => this.#playing());
    for (const name of ["pause", "ended", "error", "volumechange"]) on(name, () => this.#emit("change"));
    document.addEventListener("visibilitychange", this.#seen);
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
  }

  close() {
    clearInterval(this.#tickTimer);
    clearTimeout(this.#armTimer);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#frames.close();
  }

  /** Take the party's playback; every one but a mere change of rate is met anew. */
  follow(playback, durationMs, cause = null) {
    const known = this.#playback;
    this.#playback = playback;
    this.#durationHint = durationMs;
    const same = known && known.at_ms === playback.at_ms && known.position_ms === playback.position_ms;
    if (same && cause === null && this.#wantsPlay) return;
    if (cause === "rate" && this.#wantsPlay) setRate(this.#video, playback.rate);
    this.align(cause !== "rate");
  }

  get durationMs() {
    const own = this.#video.duration;
    return Number.isFinite(own) && own > 0 ? own * 1000 : this.#durationHint;
  }

  get positionMs() {
    return this.#frames.positionMs;
  }

  /** Where the party is now, or null without a playback. */
  get partyMs() {
    return this.#playback && positionAt(this.#playback, this.#serverNow(), this.durationMs);
  }

  get state() {
    return mediaState(this.#video, this.#stalls.stalled);
  }

  get bufferedMs() {
    return bufferedMs(this.#video);
  }

  setFollowing(on) {
    this.following = on;
    this.drift = null;
    clearTimeout(this.#armTimer);
    this.#armTimer = null;
    setRate(this.#video, this.#playback?.rate ?? 1);
    if (on) this.align(true);
    else if (this.#playback?.paused === false) playAloud(this.#video).catch(() => {}); // it may stand in the middle of a start
    this.#emit("change");
  }

  /** The person clicked: browsers allow sound from here on. */
  join() {
    this.gate = null;
    this.#video.muted = false;
    this.align(true);
    this.#emit("change");
  }

  /** Bring the player to the party; `anew` even where it plays already. */
  align(anew = false) {
    clearTimeout(this.#armTimer);
    this.#armTimer = null;
    if (!this.#free() || this.#video.readyState < 1) return;
    this.#lastAlign = this.#localNow();
    this.#state = AT_REST;
    const now = this.#serverNow();
    const ahead = !this.#playback.paused && now < this.#playback.at_ms;
    if (ahead || moving(this.#playback, now, this.durationMs)) {
      if (anew || this.#video.paused) this.#start(now);
    } else {
      this.#rest(positionAt(this.#playback, now, this.durationMs));
    }
  }

  #free() {
    return this.following && !this.scrubbing && this.#playback !== null && this.gate !== "blocked";
  }

  /** Where the party was at a `performance.now()` time; null where it stood still. */
  #expectedAt(at) {
    const server = this.#serverNow() - (performance.now() - at);
    return this.#playback && moving(this.#playback, server) ? positionAt(this.#playback, server) : null;
  }

  #loaded() {
    this.#frames.forget();
    this.align(true);
  }

  #halt() {
    this.#wantsPlay = false;
    this.drift = null;
    this.#begun = null;
    this.#video.pause();
    setRate(this.#video, this.#playback.rate);
  }

  #rest(target) {
    this.#halt();
    if (Math.abs(this.#video.currentTime * 1000 - target) > EXACT_MS) this.#seek(target);
    this.#emit("change");
  }

  #start(now) {
    const here = this.#video.currentTime * 1000;
    const startMs = this.#latency.startMs;
    const due = positionAt(this.#playback, now + startMs, this.durationMs);
    const near = Math.abs(here - due) < LATE_MS && !this.#video.seeking;
    if (near && !this.#video.paused && now >= this.#playback.at_ms) return; // runs well: the ticks do the rest
    this.#halt();
    if (near && here - due > -LATE_MS && Math.abs(here - this.#playback.position_ms) < EXACT_MS) this.#arm(here);
    else this.#seek(landing(this.#playback, now, { seekMs: this.#latency.seekMs, startMs }, this.durationMs));
  }

  #seek(target) {
    this.#seekCalled = this.#localNow();
    this.#frames.reset();
    this.#video.currentTime = target / 1000;
  }

  #sought() {
    if (this.#seekCalled === null) return;
    this.#latency.sought(this.#localNow() - this.#seekCalled);
    this.#seekCalled = null;
    if (this.#free() && !this.#playback.paused) this.#arm(this.#video.currentTime * 1000);
  }

  /** Wait, paused at `from`, until the party is there less the start latency; then play. */
  #arm(from) {
    clearTimeout(this.#armTimer);
    const due = timeOf(this.#playback, from) - this.#latency.startMs;
    this.#armTimer = setTimeout(() => this.#play(from), Math.max(0, due - this.#serverNow()));
  }

  async #play(from) {
    this.#armTimer = null;
    if (!this.#free() || this.#playback.paused) return;
    this.#wantsPlay = true;
    this.#begun = { from, at: this.#localNow() };
    try {
      if ((await playAloud(this.#video)) === "muted") this.gate = "muted";
      else if (this.gate === "held") this.gate = null;
    } catch (error) {
      // Else it is an AbortError: a pause or a new source came in between, and is being met already.
      if (error.name === "NotAllowedError") {
        this.#wantsPlay = false;
        this.gate = "blocked";
      }
    }
    this.#emit("change");
  }

  #playing() {
    this.#frames.reset();
    this.#state = STARTING;
    this.#emit("change");
  }

  #seen = () => {
    this.#state = AT_REST;
    this.#frames.reset();
    if (document.hidden) setRate(this.#video, this.#playback?.rate ?? 1);
    else this.align();
  };

  #tick() {
    const now = this.#localNow();
    const throttled = now - this.#lastTick > THROTTLED_MS;
    this.#lastTick = now;
    this.#emit("tick");
    if (!this.#free() || this.#armTimer !== null || this.#seekCalled !== null || this.#video.readyState < 1) return;
    const server = this.#serverNow();
    if (server < this.#playback.at_ms) return;
    if (!moving(this.#playback, server, this.durationMs)) {
      if (!this.#video.paused) this.align();
    } else if (this.#video.paused) {
      this.#resume(now);
    } else {
      this.#correct(now, server, throttled || document.hidden);
    }
  }

  /** Paused though the party plays. Somebody's headphones or system did it: ask rather than fight. */
  #resume(now) {
    if (document.hidden || this.gate === "held") return;
    if (this.#wantsPlay && !this.#video.ended) {
      this.#wantsPlay = false;
      this.gate = "held";
      this.#emit("change");
    } else if (now - this.#lastAlign > ALIGN_AGAIN_MS) {
      this.align(true);
    }
  }

  #correct(now, server, throttled) {
    if (this.#video.seeking || this.#video.readyState < 3 || this.#stalls.stalled || !this.#learn(now)) return;
    this.drift = this.#frames.positionMs - positionAt(this.#playback, server);
    if (throttled) return;
    const decided = decide(this.#state, this.drift, now);
    this.#state = decided.state;
    if (decided.seek) {
      if (now - this.#lastAlign > ALIGN_AGAIN_MS) this.align(true);
      return;
    }
    const factor = 1 + Math.round((decided.rate - 1) / RATE_STEP) * RATE_STEP;
    setRate(this.#video, this.#playback.rate, factor);
  }

  /** Once it has run for a moment, find when it effectively began; true when that is known. */
  #learn(now) {
    if (!this.#begun) return true;
    const { from, at } = this.#begun;
    const moved = this.#frames.positionMs - from;
    if (moved < RUNNING_MS) return now - at > ALIGN_AGAIN_MS;
    this.#begun = null;
    this.#latency.started(now - moved / this.#video.playbackRate - at);
    return true;
  }

  #emit(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
