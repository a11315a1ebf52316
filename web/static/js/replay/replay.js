/** Plays an evening again: the film where it was, and what was said and reacted when it was; for the page in one state. */

import { localNow } from "../sync/clock.js";
import { Follower } from "../sync/follower.js";
import { Pace } from "./pace.js";
import { countUntil, goesOnMs, lastUntil, momentAt, offsetOf, onScreen, timelineOf } from "./timeline.js";

const TICK_MS = 100;
/** A film that goes on sooner is waited for. */
const WORTH_SKIPPING_MS = 6_000;
/** Messages that are shown; what was said before them can be found by going back. */
const SHOWN = 500;

export class Replay extends EventTarget {
  #video;
  #sources;
  #timer;
  #show = null;
  #reacted = 0;
  timeline;
  pace;
  follower;
  /** {room, show, count, said, wait, begun}: `show` is the film that is on, `said` the last messages of the `count` until now. */
  state;

  /** `room` is the party with its id and settings; `sources` gives {url, durationMs} by video id, without those that are gone. */
  constructor({ video, room, frames, reactions, sources }) {
    super();
    this.#video = video;
    this.#sources = sources;
    this.timeline = timelineOf(frames, reactions);
    this.pace = new Pace({ lengthMs: this.timeline.lengthMs, localNow });
    this.follower = new Follower(video, { localNow, serverNow: () => this.ms });
    this.state = { room: { ...room, members: this.timeline.members }, show: null, count: 0, said: [], wait: null, begun: false };
    this.follower.addEventListener("change", () => this.#changed());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#draw(true);
  }

  close() {
    clearInterval(this.#timer);
    this.follower.close();
    this.#video.pause();
  }

  /** The moment that is shown. */
  get ms() {
    return momentAt(this.timeline, this.pace.offsetMs);
  }

  get screen() {
    return onScreen(this.timeline, this.ms);
  }

  /** Whether the film that should be on can be asked for. */
  get here() {
    return Boolean(this.#sources[this.state.show?.video?.id]);
  }

  toggle() {
    if (!this.pace.paused) this.pause();
    else this.play();
  }

  play() {
    if (this.pace.over) this.pace.seek(0);
    this.pace.play();
    this.state = { ...this.state, begun: true };
    if (this.follower.gate) this.follower.join();
    this.#jumped();
  }

  pause() {
    this.pace.pause();
    this.#jumped();
  }

  seek(offsetMs) {
    this.pace.seek(offsetMs);
    this.#jumped();
  }

  seekMoment(ms) {
    this.seek(offsetOf(this.timeline, ms));
  }

  /** How far ahead the film goes on, in ms of the replay; null where it is not worth a jump. */
  get breakMs() {
    if (this.screen?.moving) return null;
    const at = goesOnMs(this.timeline, this.ms);
    const ahead = at === null ? 0 : offsetOf(this.timeline, at) - this.pace.offsetMs;
    return ahead > WORTH_SKIPPING_MS ? ahead : null;
  }

  #jumped() {
    this.#reacted = this.#reactedUntil(this.ms);
    this.#draw(true);
  }

  #tick() {
    const { screen } = this;
    const wanted = Boolean(screen?.moving) && this.here && !this.#video.error;
    this.pace.hold(wanted && this.#video.readyState < 3 && !this.#video.ended);
    if (this.pace.over && !this.pace.paused) this.pause();
    else this.#draw(false);
    this.#react();
  }

  /** Put on the page and the player what belongs to the present moment; `anew` where the moment did not come by itself. */
  #draw(anew) {
    const { ms } = this;
    const show = lastUntil(this.timeline.shows, ms);
    if (anew || show !== this.#show) {
      this.#show = show;
      this.#putOn(show, ms);
    }
    const count = countUntil(this.timeline.said, ms);
    const wait = lastUntil(this.timeline.waits, ms);
    const known = this.state;
    if (!anew && show === known.show && count === known.count && wait === known.wait) return;
    const said = this.timeline.said.slice(Math.max(0, count - SHOWN), count).map(({ message }) => message);
    this.state = { ...known, show, count, said, wait };
    this.dispatchEvent(new Event("state"));
  }

  #putOn(show, ms) {
    const source = this.#sources[show?.video?.id];
    if (source && this.#video.getAttribute("src") !== source.url) this.#video.src = source.url;
    else if (!source && this.#video.hasAttribute("src")) {
      this.#video.removeAttribute("src");
      this.#video.load();
    }
    if (!source) return;
    const durationMs = show.video.duration_ms ?? source.durationMs;
    const { positionMs } = onScreen(this.timeline, ms);
    const standing = { ...show.playback, paused: true, position_ms: positionMs, at_ms: ms };
    this.follower.follow(this.pace.paused ? standing : show.playback, durationMs, "replay");
  }

  #reactedUntil(ms) {
    return countUntil(this.timeline.reactions, ms, ([at]) => at);
  }

  #react() {
    const until = this.#reactedUntil(this.ms);
    const fresh = this.timeline.reactions.slice(this.#reacted, until);
    this.#reacted = until;
    if (!fresh.length) return;
    const counts = {};
    for (const [, emoji, count] of fresh) counts[emoji] = (counts[emoji] ?? 0) + count;
    this.dispatchEvent(new CustomEvent("reactions", { detail: { counts } }));
  }

  /** Somebody's headphones or system stopped the film, or the browser wants a click first: so the watcher has paused. */
  #changed() {
    if (!this.pace.paused && ["held", "blocked"].includes(this.follower.gate)) this.pause();
    this.dispatchEvent(new Event("player"));
  }
}
