/**
 * A seat in a party: the connection, the player held in step, what is reported of it, and one state for the page to show.
 */

import { kept } from "../lib/kept.js";
import { Connection } from "../net/connection.js";
import { Telemetry } from "../net/telemetry.js";
import { weather } from "../net/weather.js";
import { localNow } from "../sync/clock.js";
import { Follower } from "../sync/follower.js";
import { addressOf } from "./film.js";
import { apply, fromSnapshot, present } from "./room.js";
import { Viewing } from "./viewing.js";

export const VERSION = "0.1.0";
const STATUS_EVERY_MS = 5_000;

export function device(agent = navigator.userAgent) {
  if (/iPad|Tablet/i.test(agent)) return "tablet";
  return /Mobi|Android|iPhone/i.test(agent) ? "phone" : "desktop";
}

export class Seat extends EventTarget {
  #video;
  #viewing;
  #telemetry;
  #film = null;
  #reported = "";
  #timers = [];
  connection;
  follower;
  /** {phase: connecting | outside | here | lost | final, room, me, lost, farewell, fault} */
  state = { phase: "connecting", room: null, me: null, lost: null, farewell: null, fault: null };

  /** `credential` as in Connection; `place` names the party for what outlives a reload. */
  constructor({ video, url, place, credential }) {
    super();
    this.#video = video;
    this.connection = new Connection({
      url,
      credential,
      client: { name: "web", version: VERSION, device: device() },
      kept: kept(sessionStorage, `matinee.seat.${place}`),
    });
    this.#telemetry = new Telemetry(this.connection, kept(sessionStorage, `matinee.events.${place}`));
    this.#viewing = new Viewing({ now: localNow, record: (event) => this.#telemetry.record(event) });
    this.follower = new Follower(video, { localNow, serverNow: () => this.connection.now() });
    this.#listen();
    this.connection.start();
  }

  close() {
    this.#viewing.close();
    for (const timer of this.#timers) clearInterval(timer);
    window.removeEventListener("pagehide", this.#hide);
    window.removeEventListener("online", this.#online);
    this.follower.close();
    this.connection.close();
  }

  leave() {
    this.#viewing.close();
    this.connection.close({ leave: true });
  }

  /** Send a command; a refusal becomes a sentence on the page and `false`. */
  async act(t, fields) {
    try {
      await this.connection.command(t, fields);
      return true;
    } catch (refused) {
      this.#set({ fault: { code: refused.code, message: refused.message, at: localNow() } });
      return false;
    }
  }

  dismissFault() {
    this.#set({ fault: null });
  }

  #listen() {
    const hear = (name, act) => this.connection.addEventListener(name, (event) => act(event.detail));
    hear("welcome", (frame) => this.#welcome(frame));
    hear("outside", (frame) => this.#set({ phase: "outside", me: frame.you, lost: null }));
    hear("event", (frame) => this.#event(frame));
    hear("fleeting", (frame) => this.#fleeting(frame));
    hear("fault", (frame) => this.#set({ fault: { code: frame.code, message: frame.message, at: localNow() } }));
    hear("lost", (lost) => this.#set({ phase: this.state.room ? "lost" : "connecting", lost }));
    hear("final", (farewell) => this.#final(farewell));
    // Before the first reading of the clock nobody knows where the party is.
    this.connection.addEventListener("timed", () => this.state.room && this.#show(this.state.room, null), { once: true });
    this.follower.addEventListener("tick", () => this.#tick());
    this.follower.addEventListener("change", () => this.#report());
    this.follower.addEventListener("stalled", (event) => this.#viewing.stalled(event.detail.ms, event.detail.positionMs));
    this.#video.addEventListener("error", () => this.#viewing.failed(this.follower.positionMs));
    this.#timers = [setInterval(() => this.#report(true), STATUS_EVERY_MS)];
    window.addEventListener("pagehide", this.#hide);
    window.addEventListener("online", this.#online);
  }

  #welcome(frame) {
    const room = fromSnapshot(frame.party, this.state.room);
    this.#set({ phase: "here", room, me: frame.you, lost: null, fault: null });
    this.#show(room, null);
    this.#report(true);
    this.#telemetry.flush();
  }

  #event(frame) {
    const before = this.state.room;
    const room = apply(before, frame);
    const me = room.members[this.state.me.member_id];
    this.#set({ room, me: me ? { ...this.state.me, role: me.role, name: me.name } : this.state.me });
    if (room.playback !== before.playback || room.video !== before.video) this.#show(room, frame.cause ?? frame.t);
    this.dispatchEvent(new CustomEvent("event", { detail: frame }));
  }

  #fleeting(frame) {
    if (frame.t === "presence") this.#set({ room: present(this.state.room, frame.members) });
    else if (frame.t === "knocks") this.#set({ room: { ...this.state.room, knocking: frame.knocking } });
    else if (frame.t === "notice") weather.hear(frame);
    else if (frame.t === "reactions") this.dispatchEvent(new CustomEvent("reactions", { detail: frame }));
  }

  #final(farewell) {
    this.#viewing.close();
    this.#video.pause();
    this.#set({ phase: "final", farewell, lost: null });
  }

  /** Put the party's film and playback on the player. */
  #show(room, cause) {
    const film = room.video?.stream_url ? room.video.id : null;
    if (film !== this.#film) {
      this.#film = film;
      this.#clear();
      if (film) this.#viewing.open(film);
      else this.#viewing.close();
      this.load();
    }
    if (!this.connection.clock.ready) return;
    if (!room.playback.paused) this.#viewing.wanted();
    this.follower.follow(room.playback, room.video?.duration_ms ?? null, cause);
  }

  /** Have the player load the film, from an address that is good for this seat. */
  async load() {
    const { room } = this.state;
    const film = this.#film;
    if (!film) return;
    const address = await addressOf(room.video, room.id, this.connection.session);
    if (film === this.#film) this.#video.src = address;
  }

  #clear() {
    if (!this.#video.hasAttribute("src")) return;
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  #tick() {
    const playing = this.follower.state === "playing";
    this.#viewing.observe({ positionMs: this.follower.positionMs, playing, driftMs: this.follower.drift });
  }

  /** Tell the others how the player does: every 5 s and when it changes. */
  #report(anyway = false) {
    const state = this.follower.state;
    this.dispatchEvent(new Event("player"));
    if (!anyway && state === this.#reported) return;
    this.#reported = state;
    const drift = this.follower.drift;
    this.connection.tell("status", {
      state,
      position_ms: Math.max(0, Math.round(this.follower.positionMs)),
      rtt_ms: this.connection.rttMs,
      buffered_ms: this.follower.bufferedMs,
      ...(drift === null ? {} : { drift_ms: Math.round(drift * 10) / 10 }),
    });
  }

  #hide = () => {
    this.#viewing.close();
    this.#telemetry.keep();
  };

  #online = () => this.connection.retryNow();

  #set(change) {
    this.state = { ...this.state, ...change };
    this.dispatchEvent(new Event("state"));
  }
}
