// Volume, mute and the browser's rules about sound. The set remembers volume and mute apart, as sets do.

import { recall, remember } from "./memory.js";

/** Event `sound`: {volume, muted, refused}. */
export class Sound extends EventTarget {
  constructor() {
    super();
    /** 0 to 1, as whoever watches wants it. */
    this.volume = Math.min(1, Math.max(0, Number(recall("volume") ?? 0.8) || 0));
    this.muted = recall("muted") === "true";
    /** Muted by the browser's rules, not by whoever watches. */
    this.refused = false;
    /** 0 to 1: how far the sleep timer has faded it. */
    this.fade = 1;
    /** @type {HTMLVideoElement | null} the one that is heard */
    this.video = null;
    for (const event of ["pointerup", "keydown"]) addEventListener(event, () => this.accept());
  }

  /** From now on `video` is heard, and nothing else. @param {HTMLVideoElement} video */
  hear(video) {
    if (this.video && this.video !== video) this.video.muted = true;
    this.video = video;
    this.#apply();
  }

  /** Play, with sound if the browser lets us, else without, and say so. @param {HTMLVideoElement} video */
  async play(video) {
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || video.muted) return;
      this.refused = true;
      this.#apply();
      await video.play().catch(() => {});
    }
  }

  /** There was a gesture: what was refused is allowed now. */
  accept() {
    if (!this.refused) return;
    this.refused = false;
    this.#apply();
  }

  /** @param {number} volume 0 to 1 */
  set(volume) {
    this.volume = Math.min(1, Math.max(0, volume));
    remember("volume", this.volume);
    if (volume > 0) this.mute(false);
    else this.#apply();
  }

  /** @param {number} by */
  louder(by) {
    this.set(this.volume + by);
  }

  mute(muted = !(this.muted || this.refused)) {
    this.refused = false;
    this.muted = muted;
    remember("muted", muted);
    this.#apply();
  }

  /** @param {number} part 0 to 1 of the volume */
  fadeTo(part) {
    this.fade = part;
    this.#apply();
  }

  #apply() {
    const { video } = this;
    if (video) {
      video.volume = this.volume * this.fade;
      video.muted = this.muted || this.refused;
    }
    const detail = { volume: this.volume, muted: this.muted, refused: this.refused };
    this.dispatchEvent(new CustomEvent("sound", { detail }));
  }
}
