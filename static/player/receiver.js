// One video element and what it plays: tuned to a channel, shown or kept ready.

import Hls from "../vendor/hls.js/hls.light.min.mjs";
import { LATENCY, settings } from "./settings.js";
import { Subtitles } from "./subtitles.js";
import { pace } from "./together.js";

/** Seconds past the start of a segment: its first frame for certain, not the last one before. */
const INSIDE = 0.002;
/** ms from the first playlist to the first moving picture, as it was of late: aimed for what is due by then. */
let startup = 250;
/** ms after which what was asked for should be there. */
const ON_ITS_WAY = 3_000;
/** ms off from which one that plays unseen jumps. */
const FAR = 250;

/**
 * Events: `picture` (the first frame is decoded), `broken` (hls.js gave up; detail: why), `resume` (it mended itself and
 * wants to be played), `manifest` (its levels are known, none is loaded), `levels`.
 * @typedef {import("./channels.js").Channel} Channel
 */
export class Receiver extends EventTarget {
  /** @param {HTMLVideoElement} video @param {import("./clock.js").HouseClock} clock */
  constructor(video, clock) {
    super();
    this.video = video;
    this.clock = clock;
    this.subtitles = new Subtitles(video);
    /** @type {Channel | null} */
    this.channel = null;
    /** @type {Hls | null} */
    this.hls = null;
    this.standby = false;
    this.tunedAt = 0;
    this.begun = false;
    /** Whether there was a picture of what it is tuned to. */
    this.seen = false;
    /** When it was asked for its next picture while it waits (0: it is there), and how many ms the last one took. */
    this.steppedAt = 0;
    this.took = 0;
    this.joinedAt = -Infinity;
    this.mediaErrorAt = -Infinity;
    video.addEventListener("playing", () => this.#began());
    video.addEventListener("loadeddata", () => {
      this.seen = true;
      this.dispatchEvent(new Event("picture"));
    });
    video.addEventListener("seeked", () => this.#stepped());
    video.addEventListener("error", () => !this.hls && this.channel && this.#broken("media"));
  }

  /**
   * Begin to load `channel`, at the frame that everybody sees.
   * @param {Channel} channel @param {{standby?: boolean, estimate?: number}} [how]
   */
  tune(channel, { standby = false, estimate = 0 } = {}) {
    this.stop();
    this.channel = channel;
    this.standby = standby;
    this.tunedAt = performance.now();
    this.begun = standby;
    const { video } = this;
    video.playbackRate = 1;
    if (!Hls.isSupported()) {
      // Safari on older telephones plays HLS by itself.
      this.subtitles.follow(null);
      if (!standby) video.src = channel.hls;
      return;
    }
    const hls = new Hls({ ...settings(estimate, standby), xhrSetup: (xhr, url) => this.#ask(xhr, url) });
    this.hls = hls;
    this.subtitles.follow(hls);
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && this.hls === hls && this.#failed(data));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.dispatchEvent(new Event("manifest"));
      this.dispatchEvent(new Event("levels"));
    });
    hls.on(Hls.Events.LEVEL_SWITCHED, () => this.dispatchEvent(new Event("levels")));
    hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => this.#aim(details));
    hls.loadSource(channel.hls);
    hls.attachMedia(video);
    this.#airplay(channel);
  }

  /** Let go of channel, network and memory; the element stays for another. */
  stop() {
    this.channel = null;
    this.seen = false;
    this.steppedAt = this.took = 0;
    const { hls, video } = this;
    this.hls = null;
    if (hls) hls.destroy();
    else if (video.src) {
      video.removeAttribute("src");
      video.load();
    }
    if (!video.paused) video.pause();
  }

  /** @param {boolean} standby shown, or only kept ready from now on */
  keep(standby) {
    this.standby = standby;
    this.steppedAt = this.took = 0;
    if (!this.hls) return;
    const { backBufferLength, lowLatencyMode } = settings(0, standby);
    this.hls.config.backBufferLength = backBufferLength;
    this.hls.lowLatencyMode = lowLatencyMode;
  }

  /** Show the tallest level of at most `height` lines (0: as the network carries). @param {number} height */
  size(height) {
    const { hls } = this;
    if (!hls?.levels.length) return;
    const fits = hls.levels.map((level, index) => ({ index, height: level.height })).filter((level) => level.height <= height);
    const best = fits.sort((one, other) => other.height - one.height)[0]?.index ?? 0;
    hls.nextLevel = height ? best : -1;
  }

  /** Whether a picture of `channel` is on its way. @param {Channel} channel */
  loads(channel) {
    const begun = this.hls !== null || this.video.src !== "";
    return this.channel?.slug === channel.slug && begun && performance.now() - this.tunedAt < ON_ITS_WAY;
  }

  /** Whether it can show a picture at once (until a jump is made, the one before it), and go on with the one that is due. */
  get ready() {
    const { readyState, seeking } = this.video;
    const there = readyState >= 2 || (seeking && this.seen);
    return this.channel !== null && there && this.place(this.target()) !== null;
  }

  /** @returns {number} ms that the next picture takes while it waits: what the machine can do, for the network has done its part */
  effort() {
    return this.steppedAt ? Math.max(this.took, performance.now() - this.steppedAt) : this.took;
  }

  /** @returns {number | null} house time of the frame it shows, ms since 1970 */
  houseTime() {
    return this.#house(this.video.currentTime);
  }

  /** @returns {number} house time that it should show now, ms since 1970 */
  target() {
    return this.clock.now() - LATENCY;
  }

  /** How many ms it is behind where it should be; null while that is unknown. */
  lag() {
    const house = this.houseTime();
    return house === null ? null : this.target() - house;
  }

  /**
   * The media time (seconds) of a moment, if it is in the buffer.
   * @param {number} house ms since 1970
   */
  place(house) {
    const fragment = this.#fragments()[0];
    const since = fragment?.programDateTime;
    if (!since) return null;
    const time = fragment.start + (house - since) / 1_000;
    return this.ahead(time) > 0 ? time : null;
  }

  /** Seconds in the buffer from media time `time` on. */
  ahead(time = this.video.currentTime) {
    const { buffered } = this.video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) - 0.05 <= time && time < buffered.end(index)) return buffered.end(index) - time;
    }
    return 0;
  }

  /**
   * While it waits: stand on the first frame of the segment that is due, which costs one frame to decode.
   * @param {boolean} later only stand still, whatever is due
   * @returns {boolean} whether there is something to decode
   */
  step(later) {
    const { video } = this;
    if (video.readyState < 1 || video.seeking) return false;
    if (!video.paused) video.pause();
    video.playbackRate = 1;
    const target = this.target();
    const due = this.#fragments().find(
      ({ programDateTime: start, duration }) => start && start <= target && target < start + duration * 1_000,
    );
    if (later || !due || Math.abs(video.currentTime - due.start - INSIDE) < 0.02 || this.ahead(due.start + INSIDE) <= 0) return false;
    this.steppedAt = performance.now();
    video.currentTime = due.start + INSIDE;
    return true;
  }

  #stepped() {
    if (this.steppedAt) this.took = performance.now() - this.steppedAt;
    this.steppedAt = 0;
  }

  /**
   * While the next key is likely to ask for it: play unseen and unheard, so that showing it needs nothing at all.
   * @param {number} lead ms that a jump takes
   */
  run(lead) {
    const { video } = this;
    const lag = this.lag();
    if (video.seeking || lag === null) return;
    if (Math.abs(lag) > FAR && performance.now() - this.joinedAt > 1_000) this.join(lead);
    else video.playbackRate = pace(lag, video.playbackRate);
    if (video.paused) video.play().catch(() => {});
  }

  /**
   * Go to the frame that is due `lead` ms from now, when it will be there; false when it cannot be had yet.
   * @param {number} [lead]
   */
  join(lead = 0) {
    const time = this.place(this.target() + lead);
    if (time === null) return false;
    this.joinedAt = performance.now();
    this.video.currentTime = time;
    return true;
  }

  /** @returns {any[]} what the playlist lists, with the media times they were found to have */
  #fragments() {
    return this.hls?.latestLevelDetails?.fragments ?? [];
  }

  /** @param {number} time media time, seconds */
  #house(time) {
    if (!this.hls) {
      const started = /** @type {any} */ (this.video).getStartDate?.()?.getTime();
      return started ? started + time * 1_000 : null;
    }
    const fragment = this.#fragments()[0];
    const since = fragment?.programDateTime;
    return since ? since + (time - fragment.start) * 1_000 : null;
  }

  /**
   * Before the first segment is chosen: tell hls.js how far from the newest frame the due one is.
   * @param {any} details
   */
  #aim(details) {
    const { hls, video } = this;
    const fragment = details.fragments[0];
    if (!hls || video.readyState > 0 || !fragment?.programDateTime) return;
    const due = fragment.start + (this.target() + (this.standby ? 0 : startup) - fragment.programDateTime) / 1_000;
    const reach = details.edge - details.fragmentStart;
    hls.targetLatency = Math.min(Math.max(details.edge - due, 0.1), reach) + details.age;
  }

  /** It plays: was it in time? */
  #began() {
    if (this.begun) return;
    this.begun = true;
    const lag = this.lag();
    if (!this.standby && lag !== null && Math.abs(lag) < LATENCY) startup = Math.min(1_500, Math.max(0, startup + lag / 2));
  }

  /** What only waits asks for the playlist as it is. */
  #ask(/** @type {XMLHttpRequest} */ xhr, /** @type {string} */ url) {
    if (!this.standby || !url.includes("_HLS_msn")) return;
    const plain = new URL(url, location.href);
    plain.searchParams.delete("_HLS_msn");
    xhr.open("GET", plain, true);
  }

  /** Safari hands a television the playlist itself. @param {Channel} channel */
  #airplay(channel) {
    const { video } = this;
    if (!video.querySelector("source")) return;
    const source = document.createElement("source");
    source.type = "application/vnd.apple.mpegurl";
    source.src = channel.hls;
    video.append(source);
    video.disableRemotePlayback = false;
  }

  /** @param {import("../vendor/hls.js/hls.light.min.mjs").ErrorData} data */
  #failed(data) {
    const now = performance.now();
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && now - this.mediaErrorAt > 10_000) {
      this.mediaErrorAt = now;
      this.hls?.recoverMediaError();
      this.dispatchEvent(new Event("resume"));
      return;
    }
    this.#broken(data.details);
  }

  /** @param {string} why */
  #broken(why) {
    // The last picture stays until there is a new one; only the loading ends.
    this.hls?.stopLoad();
    this.dispatchEvent(new CustomEvent("broken", { detail: why }));
  }
}
