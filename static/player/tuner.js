// The tuner: a few receivers, one of them shown. Changing the channel to one that is ready shows it in the next frame.

import { recall } from "./memory.js";
import { Receiver } from "./receiver.js";

/** Receivers at most: the one that is shown, both neighbours and the last channel. */
const RECEIVERS = 4;
/** Seconds in the buffer in which the loading can begin again. */
const ENOUGH = 0.5;
/** ms for which everything else waits for a picture at first. */
const SOON = 400;
/** ms behind or ahead that is played rather than jumped when a channel is shown. */
const NEAR = 120;

/**
 * Events: `picture` (first frame of a channel is on screen; detail {channel, video, ms, warm}), `broken`, `levels`.
 * @typedef {import("./channels.js").Channel} Channel
 */
export class Tuner extends EventTarget {
  /**
   * @param {HTMLElement} stage where the video elements are; the first is there already
   * @param {import("./clock.js").HouseClock} clock @param {import("./sound.js").Sound} sound
   */
  constructor(stage, clock, sound) {
    super();
    this.stage = stage;
    this.clock = clock;
    this.sound = sound;
    /** @type {Receiver[]} */
    this.receivers = [];
    this.active = this.#add(/** @type {HTMLVideoElement} */ (stage.querySelector("video")));
    this.sound.hear(this.active.video);
    /** ms that a jump takes until the picture moves, as it was of late. */
    this.lead = 80;
    this.attempt = 0;
    /** Slug of what is loaded before it is asked for. */
    this.foreseen = "";
    /** Lines of the picture that were chosen; 0: as the network carries. */
    this.height = Number(recall("quality")) || 0;
  }

  get video() {
    return this.active.video;
  }

  /** Bits a second that the network is known to carry; 0 while unknown. */
  get estimate() {
    const estimate = this.active.hls?.bandwidthEstimate ?? 0;
    return Number.isFinite(estimate) ? estimate : 0;
  }

  /**
   * Show `channel`: at once when it is kept ready, else as soon as it is loaded.
   * @param {Channel} channel @param {number} [since] when the key was pressed (`performance.now()`)
   */
  tune(channel, since = performance.now()) {
    const before = this.active;
    const { estimate } = this;
    const warm = this.ready(channel);
    const next = warm ?? (!before.channel || before.channel.slug === channel.slug ? before : this.#free(channel));
    // What is half loaded is not loaded anew.
    const foreseen = this.foreseen === channel.slug;
    const begun = (next !== before && next.loads(channel)) || (foreseen && (next.seen || next.loads(channel)));
    this.foreseen = "";
    this.attempt += 1;
    if (next !== before) this.#swap(before, next);
    if (warm || begun) next.keep(false);
    else next.tune(channel, { estimate });
    const still = warm?.video.paused && !document.hidden;
    this.#shown(next, channel, since, warm !== undefined, this.attempt);
    if (still) requestAnimationFrame(() => next === this.active && this.#go(next));
    else this.#go(next);
  }

  /**
   * Load `channel` where it will be shown, before anybody asks for it.
   * @param {Channel} channel
   * @returns {Promise<unknown>} settles when there is a picture, there will be none, or it takes long
   */
  foresee(channel) {
    const { active } = this;
    this.foreseen = channel.slug;
    active.tune(channel);
    // Telephones that play HLS by themselves show nothing before they are asked to.
    if (!active.hls) return Promise.resolve();
    return new Promise((resolve) => {
      for (const event of ["picture", "broken"]) active.addEventListener(event, resolve, { once: true });
      setTimeout(resolve, SOON);
    });
  }

  /** Play `receiver` from the frame that is due. The one it waited on is on screen by then: a jump takes its time. @param {Receiver} receiver */
  #go(receiver) {
    if (receiver.ready && Math.abs(receiver.lag() ?? 0) > NEAR) this.join(receiver);
    this.sound.play(receiver.video);
  }

  /** @param {Channel} channel @returns {Receiver | undefined} one that can show it at once */
  ready(channel) {
    return this.receivers.find((one) => one !== this.active && one.channel?.slug === channel.slug && one.ready);
  }

  /** Jump to the frame that is due, so that it is due when it is shown. */
  join(receiver = this.active) {
    const began = performance.now();
    if (!receiver.join(this.lead)) return false;
    receiver.video.addEventListener(
      "seeked",
      () => (this.lead += (Math.min(500, performance.now() - began) - this.lead) / 4),
      { once: true },
    );
    return true;
  }

  /**
   * Keep these channels ready and no others.
   * @param {Channel[]} channels the likeliest first
   * @param {{hot?: boolean, quiet?: boolean}} [how] hot: the first of them plays already; quiet: what waits stays as it is
   * @returns {boolean} whether all of them are ready
   */
  keep(channels, { hot = false, quiet = false } = {}) {
    const kept = channels.slice(0, RECEIVERS - 1);
    const others = this.receivers.filter((one) => one !== this.active);
    for (const one of others) {
      if (one.channel && !kept.some(({ slug }) => slug === one.channel?.slug)) one.stop();
    }
    const next = kept.find(({ slug }) => !others.some((one) => one.channel?.slug === slug));
    const loading = others.some((one) => one.channel && !one.ready);
    if (quiet) {
      for (const { video } of others) if (!video.paused) video.pause();
      return false;
    }
    // One after the other: what is shown needs network and machine too.
    if (next && !loading) this.#free(next).tune(next, { standby: true, estimate: this.estimate });
    let stepping = others.some((one) => one.video.seeking);
    for (const one of others) {
      if (!one.ready) continue;
      if (hot && one.channel?.slug === kept[0]?.slug) one.run(this.lead);
      else stepping = one.step(stepping) || stepping;
    }
    return !next && !loading;
  }

  /** Show every channel in this size from now on. @param {number} height lines; 0: as the network carries */
  size(height) {
    this.height = height;
    for (const one of this.receivers) one.size(height);
  }

  /** Load on where the loading broke off, if the buffer lasts until then; false when it has to be tuned anew. */
  resume() {
    const { active } = this;
    if (!active.hls || active.ahead() < ENOUGH) return false;
    active.hls.startLoad();
    return true;
  }

  /** Load nothing at all. */
  stop() {
    this.attempt += 1;
    for (const one of this.receivers) one.stop();
  }

  /** @param {Receiver} before @param {Receiver} next */
  #swap(before, next) {
    const { video } = next;
    before.video.classList.remove("shown");
    before.video.removeAttribute("id");
    video.classList.add("shown");
    video.id = "picture";
    this.active = next;
    this.sound.hear(video);
    before.keep(true);
    before.video.pause();
    before.video.playbackRate = 1;
    if (document.pictureInPictureElement === before.video) {
      const move = () => video.requestPictureInPicture().catch(() => {});
      if (video.readyState >= 1) move();
      else video.addEventListener("loadedmetadata", move, { once: true });
    }
  }

  /** @param {Channel} channel @returns {Receiver} one that nobody needs, else the one that has waited longest */
  #free(channel) {
    const others = this.receivers.filter((one) => one !== this.active);
    const same = others.find((one) => one.channel?.slug === channel.slug);
    const idle = same ?? others.find((one) => !one.channel);
    if (idle) return idle;
    if (this.receivers.length < RECEIVERS) return this.#add(this.#element());
    return others.reduce((oldest, one) => (one.tunedAt < oldest.tunedAt ? one : oldest));
  }

  #element() {
    const video = document.createElement("video");
    video.className = "picture";
    video.playsInline = true;
    video.muted = true;
    video.disableRemotePlayback = true;
    video.setAttribute("aria-hidden", "true");
    this.stage.append(video);
    return video;
  }

  /** @param {HTMLVideoElement} video */
  #add(video) {
    const receiver = new Receiver(video, this.clock);
    this.receivers.push(receiver);
    const shown = () => receiver === this.active;
    // Not before the tracks are known: a browser that wants a gesture for sound cannot refuse what it does not know of.
    receiver.addEventListener("picture", () => shown() && this.sound.play(video));
    receiver.addEventListener("resume", () => shown() && this.sound.play(video));
    receiver.addEventListener("manifest", () => this.height && receiver.size(this.height));
    receiver.addEventListener("levels", () => shown() && this.dispatchEvent(new Event("levels")));
    receiver.addEventListener("broken", (event) => {
      this.foreseen = "";
      if (shown()) this.dispatchEvent(new CustomEvent("broken", { detail: /** @type {CustomEvent} */ (event).detail }));
      else receiver.stop();
    });
    // Somebody else (a headset, the system) paused: television does not pause, it comes back live.
    video.addEventListener("pause", () => shown() && receiver.channel && !document.hidden && this.sound.play(video));
    return receiver;
  }

  /**
   * Say when the first frame of `channel` can be seen.
   * @param {Receiver} receiver @param {Channel} channel @param {number} since @param {boolean} warm @param {number} attempt
   */
  #shown(receiver, channel, since, warm, attempt) {
    const { video } = receiver;
    const tell = () => {
      if (attempt !== this.attempt) return;
      this.attempt += 1;
      const detail = { channel, video, ms: performance.now() - since, warm };
      this.dispatchEvent(new CustomEvent("picture", { detail }));
    };
    // A frame that waited is drawn with the next refresh of the screen; one after that it has been seen.
    if (warm && !document.hidden) requestAnimationFrame(() => requestAnimationFrame(tell));
    else if (!warm && "requestVideoFrameCallback" in video && !document.hidden) video.requestVideoFrameCallback(tell);
    else if (video.readyState >= 2 && (warm || !video.paused)) tell();
    else video.addEventListener("playing", tell, { once: true });
  }
}
