/**
 * Reads the position of a video element honestly: what is on the screen, not what the element says.
 *
 * Theory. `currentTime` follows the sound's clock and runs evenly (measured in Chromium 156: within 0.1 ms). What is seen comes
 * in frames: `requestVideoFrameCallback` says which one (`mediaTime`) was put out when (`presentationTime`), and when it will be
 * seen (`expectedDisplayTime`, one refresh later). The browser puts out the frame that is nearest to `currentTime` at the moment
 * at which it will be seen; so a frame goes out ahead of `currentTime` by that lead, half a frame's length more or less; and it
 * goes out on the grid at which the screen takes frames, which lies anywhere against the party's timeline but stays where it is
 * from one start to the next. So frames can be right only to within half their length, whatever the player does, and a player
 * that followed each reading would chase that grid. Hence: the even clock plus the lead is the position, and it is held off by
 * up to a quarter of a frame towards the middle of what the grid allows, where no jitter makes the screen skip or repeat a frame.
 */

import { clamp } from "./playback.js";

const FRAMES = 15;
const ENOUGH = 6;
const LONGEST_FRAME_MS = 100;

/** Mean of values of which only the remainder by `length` counts, between -length/2 and length/2. */
export function circularMean(values, length) {
  let x = 0;
  let y = 0;
  for (const value of values) {
    const turn = (value / length) * 2 * Math.PI;
    x += Math.cos(turn);
    y += Math.sin(turn);
  }
  return (Math.atan2(y, x) / (2 * Math.PI)) * length;
}

function keep(values, value) {
  values.push(value);
  if (values.length > FRAMES) values.shift();
}

function middle(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export class FrameClock {
  #video;
  #expected;
  #lengths = [];
  #errors = [];
  #leads = [];
  #last = null;
  #shift = 0;
  #handle = null;

  /** `expected(at)` gives where the party is at `at` (a `performance.now()` time), in ms, or null. */
  constructor(video, expected) {
    this.#video = video;
    this.#expected = expected;
    this.#watch();
  }

  /** Position in ms that is on the screen now. */
  get positionMs() {
    const { currentTime, paused } = this.#video;
    return currentTime * 1000 + (paused ? 0 : this.#leadMs - this.#shift);
  }

  /** Length of one frame in ms, once some were seen; else null. */
  get frameMs() {
    return this.#lengths.length < ENOUGH ? null : middle(this.#lengths);
  }

  /** How long before it is seen a frame goes out, in ms; half of its length where the browser does not say. */
  get #leadMs() {
    return this.#leads.length < ENOUGH ? (this.frameMs ?? 0) / 2 : middle(this.#leads);
  }

  /** What comes now does not follow what was: a jump, a start, another timeline. */
  reset() {
    this.#last = null;
    this.#errors = [];
    this.#shift = 0;
  }

  /** Another film: its frames may be of another length. */
  forget() {
    this.reset();
    this.#lengths = [];
  }

  close() {
    if (this.#handle !== null) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  #watch() {
    if (!this.#video.requestVideoFrameCallback) return;
    this.#handle = this.#video.requestVideoFrameCallback((_now, frame) => {
      if (!this.#video.paused && !this.#video.seeking) this.#read(frame);
      this.#watch();
    });
  }

  #read({ mediaTime, presentationTime, expectedDisplayTime, presentedFrames }) {
    const lead = expectedDisplayTime - presentationTime;
    if (lead >= 0) keep(this.#leads, Math.min(lead, LONGEST_FRAME_MS));
    const last = this.#last;
    this.#last = { mediaTime, presentedFrames };
    if (last) this.#measure(((mediaTime - last.mediaTime) * 1000) / (presentedFrames - last.presentedFrames));
    const length = this.frameMs;
    const expected = this.#expected(presentationTime);
    if (length === null || expected === null) return;
    keep(this.#errors, mediaTime * 1000 - expected);
    if (this.#errors.length < ENOUGH) return;
    this.#shift = clamp(circularMean(this.#errors, length), -length / 4, length / 4);
  }

  #measure(length) {
    if (!(length > 0 && length < LONGEST_FRAME_MS)) return;
    keep(this.#lengths, length);
  }
}
