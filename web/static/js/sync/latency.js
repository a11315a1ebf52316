/** How long this player takes from a call to its effect, learned as it goes, so that calls can be made that much early. */

import { clamp } from "./playback.js";

const START_GUESS_MS = 60;
const SEEK_GUESS_MS = 150;
const SEEKS_KEPT = 4;
/** A seek that ends early costs nothing (the start waits for its time), one that ends late starts behind. */
const SEEK_MARGIN = 1.25;

export class Latency {
  #start = START_GUESS_MS;
  #starts = 0;
  #seeks = [];

  get startMs() {
    return this.#start;
  }

  get seekMs() {
    return this.#seeks.length ? Math.max(...this.#seeks) * SEEK_MARGIN : SEEK_GUESS_MS;
  }

  /** From `play()` to the moment at which the film effectively began to move. */
  started(ms) {
    if (!(ms > -100 && ms < 3_000)) return; // a tab that slept in between says nothing about the player
    const weight = this.#starts++ ? 0.4 : 1;
    this.#start = clamp(this.#start + (ms - this.#start) * weight, 0, 1_500);
  }

  /** From setting `currentTime` to `seeked`. */
  sought(ms) {
    this.#seeks.push(clamp(ms, 0, 1_500));
    if (this.#seeks.length > SEEKS_KEPT) this.#seeks.shift();
  }
}
