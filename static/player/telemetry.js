// How well it plays, for the operator's metrics: how long changes of channel took, how often the picture stood still,
// how many frames were not shown. No names, no programmes, no identity; not sent where it is not wanted.

import { recall, remember } from "./memory.js";

const EVERY = 60_000;
const ZAPS = 50;
const CHANNELS = 12;
/** ms above which nobody waited for it: the tab slept. */
const LONGEST = 60_000;

/** @typedef {{stalls: number, dropped: number, frames: number}} Watched */

export class Telemetry {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    /** @type {number[]} ms */
    this.zaps = [];
    /** @type {Map<string, Watched>} by slug */
    this.watched = new Map();
    this.counted = { video: /** @type {HTMLVideoElement | null} */ (null), dropped: 0, frames: 0 };
    this.cause = "";
    tv.addEventListener("tune", (event) => (this.cause = /** @type {CustomEvent} */ (event).detail.cause));
    tv.addEventListener("picture", (event) => this.#zapped(/** @type {CustomEvent} */ (event).detail.ms));
    tv.watch.addEventListener("stall", () => (this.#here().stalls += 1));
    tv.addEventListener("tick", () => this.#count());
    tv.commands.set("telemetry", (on = !this.on) => (this.on = Boolean(on)));
    setInterval(() => this.send(), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden && this.send());
    addEventListener("pagehide", () => this.send());
  }

  /** Whether the browser says that it does not want to be followed: Do Not Track, Global Privacy Control. */
  get forbidden() {
    const { doNotTrack, globalPrivacyControl } = /** @type {any} */ (navigator);
    return doNotTrack === "1" || globalPrivacyControl === true;
  }

  get on() {
    return !this.forbidden && recall("telemetry") !== "false";
  }

  set on(wanted) {
    remember("telemetry", wanted);
    this.zaps = [];
    this.watched.clear();
    this.tv.tell("telemetry", { on: this.on });
  }

  send() {
    if (!this.tv.channels.answered) return;
    const { zaps, watched } = this;
    this.zaps = [];
    this.watched = new Map();
    if (!this.on || (!zaps.length && !watched.size)) return;
    const body = JSON.stringify({ zaps, channels: Object.fromEntries(watched) });
    navigator.sendBeacon?.("/api/beacon", new Blob([body], { type: "application/json" }));
  }

  /** @param {number} ms */
  #zapped(ms) {
    const asked = ["key", "dial", "list", "remote"].includes(this.cause);
    this.cause = "";
    if (asked && ms > 0 && ms < LONGEST && this.zaps.length < ZAPS) this.zaps.push(Math.round(ms));
  }

  #here() {
    const slug = this.tv.current?.slug ?? "";
    const known = this.watched.get(slug) ?? { stalls: 0, dropped: 0, frames: 0 };
    if (slug && (this.watched.has(slug) || this.watched.size < CHANNELS)) this.watched.set(slug, known);
    return known;
  }

  /** Once a second: what the element counts begins anew with each channel. */
  #count() {
    const { video } = this.tv;
    const quality = video.getVideoPlaybackQuality?.();
    if (!quality) return;
    const { droppedVideoFrames: dropped, totalVideoFrames: frames } = quality;
    const { counted } = this;
    if (counted.video === video && frames >= counted.frames && dropped >= counted.dropped && frames > counted.frames) {
      const here = this.#here();
      here.dropped += dropped - counted.dropped;
      here.frames += frames - counted.frames;
    }
    this.counted = { video, dropped, frames };
  }
}
