/** What a media element says of itself, in the words of the protocol. */

/** The element that a film is shown in. */
export function makePlayer() {
  const video = document.createElement("video");
  video.playsInline = true;
  video.preload = "auto";
  video.disableRemotePlayback = true;
  return video;
}

/** One of playing, paused, buffering, idle, error. */
export function mediaState(video, stalled) {
  if (video.error) return "error";
  if (!video.currentSrc) return "idle";
  if (stalled || (video.readyState < 3 && !video.ended)) return "buffering";
  return video.paused ? "paused" : "playing";
}

/** Milliseconds of media that lie ready after the present position. */
export function bufferedMs(video) {
  const { buffered, currentTime } = video;
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i)) {
      return Math.round((buffered.end(i) - currentTime) * 1000);
    }
  }
  return 0;
}

/**
 * Play at the party's own rate times a correction. At the party's rate 1 the pitch is not preserved: to stretch sound, Chromium
 * begins with a jump of 17 ms at the first step away from 1 (measured), more than most corrections mend. 2 % is a third
 * of a semitone; films were shown 4 % fast on European television for decades.
 */
export function setRate(video, rate, factor = 1) {
  const preserve = rate !== 1;
  if (video.preservesPitch !== preserve) video.preservesPitch = preserve;
  if (Math.abs(video.playbackRate - rate * factor) > 1e-4) video.playbackRate = rate * factor;
}

/** Play with sound, else muted, as the browser allows. Gives "sound" or "muted"; throws what `play()` throws. */
export async function playAloud(video) {
  try {
    await video.play();
    return "sound";
  } catch (error) {
    if (error.name !== "NotAllowedError" || video.muted) throw error;
    video.muted = true;
    await video.play();
    return "muted";
  }
}

/** Tells when the player ran dry while it should have moved: `began()` and `ended(ms)`. Seeks and starts are no stalls. */
export class StallWatch {
  #since = null;

  constructor(video, { localNow, began, ended }) {
    video.addEventListener("waiting", () => {
      if (this.#since !== null || video.seeking || video.paused) return;
      this.#since = localNow();
      began();
    });
    const flow = () => {
      if (this.#since === null) return;
      const ms = localNow() - this.#since;
      this.#since = null;
      ended(ms);
    };
    for (const name of ["playing", "seeked", "pause", "emptied"]) video.addEventListener(name, flow);
  }

  get stalled() {
    return this.#since !== null;
  }
}
