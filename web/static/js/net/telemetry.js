/**
 * Viewer events on their way to the server. Each has its own id from birth and is kept until the server said that it is
 * durable: the same id sent twice counts once, so repeating is always safe.
 */

const BATCH = 50;
const MOST_KEPT = 1_000;
const AGAIN_MS = 5_000;

export class Telemetry {
  #connection;
  #kept;
  #waiting;
  #inFlight = null;
  #timer = null;

  /** `kept` is a place ({load, save}) that outlives a reload. */
  constructor(connection, kept) {
    this.#connection = connection;
    this.#kept = kept;
    this.#waiting = kept.load() ?? [];
    this.#kept.save(null);
  }

  get size() {
    return this.#waiting.length;
  }

  record(event) {
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_KEPT) this.#waiting.shift();
    this.flush();
  }

  /** Send what waits, one batch at a time. */
  async flush() {
    if (this.#inFlight || !this.#waiting.length) return;
    clearTimeout(this.#timer);
    this.#inFlight = this.#waiting.slice(0, BATCH);
    try {
      await this.#connection.command("telemetry", { events: this.#inFlight });
      this.#drop(this.#inFlight);
    } catch (refused) {
      if (refused.code === "invalid" || refused.code === "bad_frame") this.#drop(this.#inFlight);
      this.#timer = setTimeout(() => this.flush(), refused.retryAfterMs ?? AGAIN_MS);
      return;
    } finally {
      this.#inFlight = null;
    }
    this.flush();
  }

  /** The page goes away: what was not acknowledged waits for the next one. */
  keep() {
    this.#kept.save(this.#waiting.length ? this.#waiting : null);
  }

  #drop(batch) {
    const gone = new Set(batch.map((event) => event.event_id));
    this.#waiting = this.#waiting.filter((event) => !gone.has(event.event_id));
  }
}
