/**
 * What a viewer watched, as events: `view.started`, `view.watched` every 10 s, `view.stalled`, `view.ended`.
 *
 * `watched_ms` is media time that was really played since the last report: the sum of small steps forward of the
 * position, so pauses, seeks and stalls add nothing. A step larger than the highest rate (4) explains is a seek.
 */

import { uuid7 } from "../lib/ids.js";

export const REPORT_EVERY_MS = 10_000;
const JUMP_FACTOR = 4.5;

export class Viewing {
  #now;
  #record;
  #view = null;

  /** `now` gives local ms; `record(event)` takes each event. */
  constructor({ now, record }) {
    this.#now = now;
    this.#record = record;
  }

  /** A film was put on; what was watched of the last one is reported first. */
  open(videoId) {
    if (this.#view?.videoId === videoId) return;
    this.close();
    const at = this.#now();
    this.#view = { videoId, wantedAt: null, started: false, watched: 0, from: null, last: null, lastAt: at, reportedAt: at };
  }

  /** The film should be moving from now on; the time until it does is the start-up time. */
  wanted() {
    if (this.#view) this.#view.wantedAt ??= this.#now();
  }

  /** Take a reading, several a second: where the player is, whether it moves, how far it is off. */
  observe({ positionMs, playing, driftMs }) {
    const view = this.#view;
    if (!view) return;
    const now = this.#now();
    if (playing && !view.started) this.#start(now, positionMs);
    if (playing && view.last !== null) this.#add(positionMs - view.last, now - view.lastAt, positionMs);
    view.last = playing ? positionMs : null;
    view.lastAt = now;
    view.drift = driftMs ?? view.drift;
    if (now - view.reportedAt >= REPORT_EVERY_MS) this.#report(now);
  }

  stalled(ms, positionMs) {
    if (this.#view?.started) this.#send("view.stalled", { stall_ms: Math.round(ms), position_ms: Math.round(positionMs) });
  }

  failed(positionMs) {
    if (this.#view) this.#send("view.failed", { position_ms: Math.round(positionMs) });
  }

  close() {
    if (!this.#view) return;
    this.#report(this.#now());
    // Also of a film that should have moved and never did: who leaves before the first frame is counted.
    if (this.#view.started || this.#view.wantedAt !== null) this.#send("view.ended", { position_ms: Math.round(this.#view.to ?? 0) });
    this.#view = null;
  }

  #start(now, positionMs) {
    this.#view.started = true;
    const startup = Math.max(0, Math.round(now - (this.#view.wantedAt ?? now)));
    this.#send("view.started", { startup_ms: startup, position_ms: Math.round(positionMs) });
  }

  #add(step, passed, positionMs) {
    const view = this.#view;
    if (step < 0 || step > passed * JUMP_FACTOR) {
      this.#report(this.#now());
      return;
    }
    view.from ??= view.last;
    view.to = positionMs;
    view.watched += step;
  }

  #report(now) {
    const view = this.#view;
    view.reportedAt = now;
    if (view.from === null) return;
    this.#send("view.watched", {
      watched_ms: Math.round(view.watched),
      from_ms: Math.round(view.from),
      to_ms: Math.round(view.to),
      ...(view.drift === undefined || view.drift === null ? {} : { drift_ms: Math.round(view.drift * 10) / 10 }),
    });
    view.watched = 0;
    view.from = null;
  }

  #send(type, fields) {
    const at = this.#now();
    this.#record({ event_id: uuid7(at), type, at_ms: Math.round(at), video_id: this.#view.videoId, ...fields });
  }
}
