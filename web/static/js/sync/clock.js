/**
 * The server's clock, as seen from here.
 *
 * Offset = ((t1 - t0) + (t2 - t3)) / 2 and delay = (t3 - t0) - (t2 - t1), as NTP has them. An offset is wrong by at most
 * half its delay, so of the last 16 samples only those near the least delay are trusted; the median of these is taken.
 */

export const KEEP = 16;
export const JOIN_SAMPLES = 5;
export const SAMPLE_EVERY_MS = 10_000;
/** A page that is just being drawn hears late, all five times alike; these further samples find it at rest. */
export const SETTLED_AFTER_MS = [700, 1_500, 3_000, 5_000];
/** A sample is trusted within this much of the least delay: scheduling noise of a browser is a millisecond or two. */
export const TRUST_MS = 2;
/** … or within this share of it, on long ways. */
export const TRUST_RATIO = 0.1;

/** Milliseconds since the epoch by this page's monotonic clock: never steps while the page lives. */
export function localNow() {
  return performance.timeOrigin + performance.now();
}

/** One exchange: client send, server receive, server send, client receive. */
export function sample(t0, t1, t2, t3) {
  return { offset: (t1 - t0 + (t2 - t3)) / 2, delay: t3 - t0 - (t2 - t1) };
}

export class ClockFilter {
  #samples = [];

  add(t0, t1, t2, t3) {
    const taken = sample(t0, t1, t2, t3);
    if (!Number.isFinite(taken.offset) || taken.delay < 0) return;
    this.#samples.push(taken);
    if (this.#samples.length > KEEP) this.#samples.shift();
  }

  get ready() {
    return this.#samples.length > 0;
  }

  /** Least round trip of the samples kept, in ms. */
  get delay() {
    return this.#samples.length ? Math.min(...this.#samples.map((one) => one.delay)) : 0;
  }

  /** Server time minus local time, in ms. */
  get offset() {
    if (!this.#samples.length) return 0;
    const least = this.delay;
    const bound = least + Math.max(TRUST_MS, least * TRUST_RATIO);
    return median(this.#samples.filter((one) => one.delay <= bound).map((one) => one.offset));
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
