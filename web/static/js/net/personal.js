/**
 * What one is told, live, over `/ws/me`: one socket for all tabs of a browser.
 *
 * Theory. The tab that holds a lock has the socket and passes on what it hears; when it goes, the next one gets the lock
 * and asks for what came after the newest notification that it knows. Where a browser has no locks each tab has its own.
 */

import { localNow } from "../sync/clock.js";
import { delayMs, isFinal } from "./backoff.js";

const SUBPROTOCOL = "matinee.v1";
const CREDENTIAL_EXPIRED = 4031;
const BAD_CREDENTIAL = 4501;
const ENDED_WAIT_MS = 1_000;
const LISTEN_EVERY_MS = 5_000;
const SILENCE_FACTOR = 2.5;

export class Personal extends EventTarget {
  #url;
  #credential;
  #locks;
  #channel;
  #open;
  #now;
  #socket = null;
  #attempt = 0;
  #newest;
  #heard = 0;
  #heartbeatMs = 15_000;
  #timers = [];
  #release = null;
  #closed = false;
  /** How many are not read; null until the first word of the server. */
  unread = null;

  /**
   * `credential(again)` gives a token, or throws where one is not signed in any more. `channel` is a BroadcastChannel or
   * like one; `locks` is `navigator.locks` or null.
   */
  constructor({ url, credential, channel, locks, now = localNow, open = (to) => new WebSocket(to, SUBPROTOCOL) }) {
    super();
    this.#url = url;
    this.#credential = credential;
    this.#channel = channel;
    this.#locks = locks;
    this.#open = open;
    this.#now = now;
    channel.onmessage = ({ data }) => this.#take(data);
  }

  /** Begin to listen: by the socket of another tab while there is one. */
  start(name) {
    this.#channel.postMessage({ t: "asked" });
    const hold = () =>
      new Promise((release) => {
        this.#release = release;
        if (this.#closed) release();
        else this.#dial(false);
      });
    if (this.#locks) this.#locks.request(name, hold).catch(() => {});
    else hold();
  }

  close() {
    this.#closed = true;
    this.#stop();
    this.#socket?.close(1000);
    this.#socket = null;
    this.#channel.close();
    this.#release?.();
  }

  async #dial(again) {
    let token;
    try {
      token = await this.#credential(again);
    } catch (problem) {
      if (!(problem.status < 500) || problem.status === 429) this.#later(); // else one is not signed in any more
      return;
    }
    if (this.#closed || !token) return;
    const socket = this.#open(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#say({ t: "hello", token, client: { name: "web" }, ...(this.#newest ? { after: this.#newest } : {}) });
    socket.onmessage = (message) => socket === this.#socket && this.#receive(JSON.parse(message.data));
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code);
  }

  #say(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #receive(frame) {
    this.#heard = this.#now();
    if (frame.t === "ping") this.#say({ t: "ping" });
    if (frame.t === "welcome") this.#welcome(frame);
    if (frame.t === "welcome" || frame.t === "unread") this.#tell({ t: "unread", count: frame.count ?? frame.unread });
    if (frame.t === "notice") this.#tell({ t: "notice", id: frame.id, text: frame.text });
    if (frame.t === "notification") this.#tell({ t: "notification", notification: frame.notification });
  }

  #welcome(frame) {
    this.#attempt = 0;
    this.#heartbeatMs = frame.heartbeat_ms ?? this.#heartbeatMs;
    const listen = () => {
      if (this.#now() - this.#heard > this.#heartbeatMs * SILENCE_FACTOR) this.#socket?.close(4008);
    };
    this.#stop();
    this.#timers = [setInterval(listen, LISTEN_EVERY_MS)];
  }

  /** Take it here, and pass it on to the other tabs. */
  #tell(word) {
    this.#channel.postMessage(word);
    this.#take(word);
  }

  #take(word) {
    if (word.t === "unread") {
      this.unread = word.count;
      this.dispatchEvent(new Event("unread"));
    } else if (word.t === "notification") {
      this.#newest = word.notification.id;
      this.dispatchEvent(new CustomEvent("notification", { detail: word.notification }));
    } else if (word.t === "notice") {
      this.dispatchEvent(new CustomEvent("notice", { detail: word }));
    } else if (word.t === "asked" && this.#socket && this.unread !== null) {
      this.#channel.postMessage({ t: "unread", count: this.unread });
    }
  }

  #lost(code) {
    this.#stop();
    this.#socket = null;
    if (this.#closed || (isFinal(code) && code !== BAD_CREDENTIAL)) return;
    // Why a login was ended is found out by asking for a fresh token: refused, it says so. Not at once: whoever signs out
    // on this page is about to know it.
    this.#later(code === CREDENTIAL_EXPIRED || code === BAD_CREDENTIAL, code === BAD_CREDENTIAL ? ENDED_WAIT_MS : 0);
  }

  #later(again = false, least = 0) {
    const wait = Math.max(least, again && this.#attempt === 0 ? 0 : delayMs(this.#attempt));
    this.#attempt += 1;
    this.#timers.push(setTimeout(() => this.#dial(again), wait));
  }

  #stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
