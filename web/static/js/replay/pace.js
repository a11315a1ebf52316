/** A clock for a replay: it runs from an offset on, stands while the watcher paused or the film is not ready, and ends. */

import { clamp } from "../sync/playback.js";

export class Pace {
  #localNow;
  #lengthMs;
  #offsetMs = 0;
  #since = null;
  paused = true;
  held = false;

  constructor({ lengthMs, localNow }) {
    this.#lengthMs = lengthMs;
    this.#localNow = localNow;
  }

  get offsetMs() {
    const run = this.#since === null ? 0 : this.#localNow() - this.#since;
    return clamp(this.#offsetMs + run, 0, this.#lengthMs);
  }

  get over() {
    return this.offsetMs >= this.#lengthMs;
  }

  play() {
    this.#set({ paused: false });
  }

  pause() {
    this.#set({ paused: true });
  }

  /** Stand still for as long as something is not ready. */
  hold(held) {
    if (held !== this.held) this.#set({ held });
  }

  seek(offsetMs) {
    this.#offsetMs = clamp(offsetMs, 0, this.#lengthMs);
    this.#since = this.#runs ? this.#localNow() : null;
  }

  get #runs() {
    return !this.paused && !this.held;
  }

  #set(change) {
    const { offsetMs } = this;
    Object.assign(this, change);
    this.seek(offsetMs);
  }
}
