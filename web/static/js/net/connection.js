/**
 * One seat in a party: a websocket that comes back, and the promise that events are applied once and in order.
 *
 * Theory. The server numbers a party's events. `welcome` brings the state at `seq`; an event is applied only if its seq
 * is the next one, lower ones are dropped, a gap asks for `resync` (answered by a `welcome`). After a cut the session
 * {session, epoch, seq} is offered, which keeps the seat; the snapshot that comes with every `welcome` stands at its seq,
 * so it counts whether `missed` would have closed the gap or not. A command keeps its id until it is answered and is
 * sent again after a cut, so it takes effect once.
 */

import { JOIN_SAMPLES, SAMPLE_EVERY_MS, SETTLED_AFTER_MS, ClockFilter, localNow } from "../sync/clock.js";
import { uuid7 } from "../lib/ids.js";
import { delayMs, farewell, isFinal } from "./backoff.js";

export const SUBPROTOCOL = "matinee.v1";
const CREDENTIAL_EXPIRED = 4031;
/** The server speaks every 15 s at least; after two of those and some grace the line is dead. */
const SILENCE_FACTOR = 2.5;
const UNAVAILABLE_AGAIN_MS = 1_000;

/** Frames that are answers or fleeting, and so carry no place in the order even where they mention a seq. */
const UNNUMBERED = new Set([
  "welcome", "ok", "error", "top", "ping", "pong", "clock", "presence", "reactions", "typing", "notice", "notification",
]);

export class Refused extends Error {
  constructor(frame) {
    super(frame.message);
    this.code = frame.code;
    this.retryAfterMs = frame.retry_after_ms ?? null;
  }
}

export class Connection extends EventTarget {
  #url;
  #credential;
  #client;
  #kept;
  #open;
  #socket = null;
  #attempt = 0;
  #welcomed = false;
  #newLine = true;
  #resyncing = false;
  #resume = null;
  #pending = new Map();
  #heard = 0;
  #heartbeatMs = 15_000;
  #timers = [];
  #retryTimer = null;
  #closed = false;
  clock = new ClockFilter();

  /**
   * `credential(again)` gives {token} or {guest, password?}; `again` asks for a fresh one. `kept` is a place
   * ({load, save}) that outlives a reload. `open(url)` makes the socket.
   */
  constructor({ url, credential, client, kept, open = (to) => new WebSocket(to, SUBPROTOCOL) }) {
    super();
    this.#url = url;
    this.#credential = credential;
    this.#client = client;
    this.#kept = kept;
    this.#open = open;
    this.#resume = kept.load();
  }

  /** Server time in ms. */
  now() {
    return localNow() + this.clock.offset;
  }

  get rttMs() {
    return Math.round(this.clock.delay * 10) / 10;
  }

  get session() {
    return this.#resume?.session ?? null;
  }

  async start(again = false) {
    this.#closed = false;
    clearTimeout(this.#retryTimer);
    let hello;
    try {
      hello = await this.#credential(again);
    } catch {
      this.#later();
      return;
    }
    if (this.#closed) return;
    const socket = this.#open(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      const resume = this.#resume ? { resume: this.#resume } : {};
      this.#raw({ t: "hello", ...hello, ...resume, client: this.#client });
    };
    socket.onmessage = (message) => {
      if (socket === this.#socket) this.#receive(JSON.parse(message.data));
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(event.code);
    };
  }

  /** Leave for good; `close` sends what the person asked for (`leave`) first where it can. */
  close({ leave = false } = {}) {
    this.#closed = true;
    if (leave) this.#raw({ t: "leave" });
    if (leave) this.#forget();
    this.#stop();
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Send a command; resolves with its `ok` frame, rejects with `Refused`. Survives cuts of the line. */
  command(t, fields = {}) {
    const frame = { t, id: uuid7(), ...fields };
    return new Promise((resolve, reject) => {
      this.#pending.set(frame.id, { frame, resolve, reject });
      if (this.#welcomed) this.#raw(frame);
    });
  }

  /** Send what needs no answer and is not worth keeping: status, typing. */
  tell(t, fields = {}) {
    if (this.#welcomed) this.#raw({ t, ...fields });
  }

  #raw(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #receive(frame) {
    this.#heard = localNow();
    const act = this.#answers[frame.t];
    if (act) act(frame);
    else if (UNNUMBERED.has(frame.t) || frame.seq === undefined) this.#emit("fleeting", frame);
    else this.#numbered(frame);
  }

  #answers = {
    welcome: (frame) => this.#welcome(frame),
    outside: (frame) => this.#outside(frame),
    ok: (frame) => this.#settle(frame, (one) => one.resolve(frame)),
    error: (frame) => this.#error(frame),
    clock: (frame) => this.#timed(frame),
    top: (frame) => {
      if (frame.seq > this.#resume.seq) this.#resync();
    },
    ping: () => this.#raw({ t: "ping" }),
    pong: () => {},
  };

  #welcome(frame) {
    const first = !this.#welcomed;
    this.#resume = { session: frame.you.session, epoch: frame.epoch, seq: frame.seq };
    this.#welcomed = true;
    this.#resyncing = false;
    this.#attempt = 0;
    this.#heartbeatMs = frame.heartbeat_ms ?? this.#heartbeatMs;
    this.#newLine ||= first;
    this.#emit("welcome", frame);
    this.#kept.save(this.#resume);
    if (!first) return;
    this.#beat();
    for (const { frame: waiting } of this.#pending.values()) this.#raw(waiting);
  }

  /** Somebody has to let us in: who we are is kept, so that a cut does not make a guest who waits a stranger. */
  #outside(frame) {
    this.#resume = { session: frame.you.session, epoch: "", seq: 0 };
    this.#kept.save(this.#resume);
    this.#attempt = 0;
    this.#heartbeatMs = frame.heartbeat_ms ?? this.#heartbeatMs;
    this.#newLine = true;
    this.#emit("outside", frame);
    this.#beat();
  }

  #numbered(frame) {
    const next = this.#resume.seq + 1;
    if (frame.seq < next) return;
    if (frame.seq > next) {
      this.#resync();
      return;
    }
    this.#resume.seq = frame.seq;
    this.#kept.save(this.#resume);
    this.#emit("event", frame);
  }

  #resync() {
    if (this.#resyncing) return;
    this.#resyncing = true;
    this.#raw({ t: "resync", seq: this.#resume.seq });
  }

  #error(frame) {
    const waiting = frame.id && this.#pending.get(frame.id);
    if (!waiting) {
      this.#emit("fault", frame);
    } else if (frame.code === "unavailable") {
      setTimeout(() => this.#raw(waiting.frame), frame.retry_after_ms ?? UNAVAILABLE_AGAIN_MS);
    } else {
      this.#settle(frame, (one) => one.reject(new Refused(frame)));
    }
  }

  #settle(frame, act) {
    const waiting = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (waiting) act(waiting);
  }

  #timed(frame) {
    if (this.#newLine) this.clock = new ClockFilter(); // another line may lead to another node, with another clock
    this.#newLine = false;
    this.clock.add(frame.t0, frame.t1, frame.t2, localNow());
    this.#emit("timed", null);
  }

  #beat() {
    this.#stop();
    const ask = () => this.#raw({ t: "clock", t0: localNow() });
    for (let i = 0; i < JOIN_SAMPLES; i += 1) ask();
    const listen = () => {
      const silent = localNow() - this.#heard;
      if (silent > this.#heartbeatMs * SILENCE_FACTOR) this.#socket?.close(4008);
    };
    const settled = SETTLED_AFTER_MS.map((ms) => setTimeout(ask, ms));
    this.#timers = [...settled, setInterval(ask, SAMPLE_EVERY_MS), setInterval(listen, 5_000)];
  }

  #lost(code) {
    this.#stop();
    this.#socket = null;
    this.#welcomed = this.#resyncing = false;
    if (this.#closed) return;
    if (isFinal(code)) {
      this.#closed = true;
      if (code !== 4509) this.#forget();
      for (const { reject } of this.#pending.values()) reject(new Refused({ code: "closed", message: "Not connected." }));
      this.#pending.clear();
      this.#emit("final", farewell(code));
      return;
    }
    this.#later(code);
  }

  #later(code = 1006) {
    const wait = delayMs(this.#attempt);
    this.#attempt += 1;
    this.#emit("lost", { code, waitMs: wait, attempt: this.#attempt });
    this.#retryTimer = setTimeout(() => this.start(code === CREDENTIAL_EXPIRED), wait);
  }

  /** Try at once, for a person who does not want to wait, or a network that came back. */
  retryNow() {
    if (this.#socket || this.#closed) return;
    this.start();
  }

  #forget() {
    this.#resume = null;
    this.#kept.save(null);
  }

  #stop() {
    clearTimeout(this.#retryTimer);
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
