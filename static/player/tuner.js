// Tunes the video element to a channel and keeps it playing at the live edge, whatever happens on the way.

import Hls from "../vendor/hls.js/hls.light.min.mjs";

const SECOND = 1_000;
/** Seconds without progress after which the channel is tuned anew. */
const STALLED = 7;
/** Behind the newest segment by more than this many seconds: jump forward (a slept tab, a long outage). */
const TOO_LATE = 20;
/** ms of silence before the set says that reception is poor. */
const PATIENCE = 2_500;
const BACKOFF = [500, 1_000, 2_000, 3_000];

/** @param {number} retries @param {number} timeout ms */
const policy = (retries, timeout) => ({
  default: {
    maxTimeToFirstByteMs: timeout,
    maxLoadTimeMs: 2 * timeout,
    timeoutRetry: { maxNumRetry: retries, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: retries, retryDelayMs: 500, maxRetryDelayMs: 2_000, backoff: /** @type {const} */ ("linear") },
  },
});

/**
 * Events: `playing` (first new picture of a channel), `poor` (reception lost), `good` (it is back), `refused`
 * (the browser wants a gesture before there is sound). `engine` is called with what plays the next channel.
 */
export class Tuner extends EventTarget {
  /**
   * @param {HTMLVideoElement} video
   * @param {string} worker URL of hls.js's worker
   */
  constructor(video, worker) {
    super();
    this.video = video;
    this.worker = worker;
    /** @type {import("./channels.js").Channel | null} */
    this.channel = null;
    /** @type {Hls | null} */
    this.hls = null;
    this.attempt = 0;
    this.retry = 0;
    this.poor = 0;
    this.seen = { time: -1, at: 0, tick: 0 };
    this.mediaErrorAt = 0;
    /** @type {(hls: Hls | null) => void} null: the browser plays by itself */
    this.engine = () => {};
    // Not before the tracks are known: a browser that wants a gesture for sound cannot refuse what it does not know of.
    video.addEventListener("loadeddata", () => this.play());
    video.addEventListener("playing", () => this.#playing());
    video.addEventListener("timeupdate", () => this.#moving());
    video.addEventListener("waiting", () => this.#doubt());
    video.addEventListener("error", () => !this.hls && this.#again("media"));
    // Somebody else (a headset, the system) paused: television does not pause, it comes back live.
    video.addEventListener("pause", () => !document.hidden && !video.ended && this.play());
    for (const event of ["online", "focus", "pageshow"]) addEventListener(event, () => this.#wake());
    document.addEventListener("visibilitychange", () => this.#wake());
    setInterval(() => this.#watch(), SECOND);
  }

  /** @param {import("./channels.js").Channel} channel */
  tune(channel) {
    this.channel = channel;
    this.attempt = 0;
    this.#start();
  }

  /** @returns {number | null} the time of the picture on screen, ms since 1970 */
  screenTime() {
    const date = this.hls?.playingDate;
    return date ? date.getTime() : null;
  }

  /** Play, with sound if the browser lets us, else without and say so. */
  async play() {
    const { video } = this;
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || video.muted) return;
      video.muted = true;
      this.dispatchEvent(new Event("refused"));
      await video.play().catch(() => {});
    }
  }

  #start() {
    clearTimeout(this.retry);
    this.#doubt();
    this.fresh = true;
    this.seen = { time: -1, at: performance.now(), tick: performance.now() };
    const { channel, video } = this;
    if (!channel) return;
    this.hls?.destroy();
    this.hls = null;
    if (!Hls.isSupported()) {
      this.engine(null);
      video.src = channel.hls;
      this.play();
      return;
    }
    const hls = new Hls({
      enableWorker: true,
      workerPath: this.worker,
      lowLatencyMode: false,
      liveSyncDurationCount: 2,
      liveMaxLatencyDurationCount: 6,
      liveDurationInfinity: true,
      backBufferLength: 10,
      maxBufferLength: 20,
      maxMaxBufferLength: 30,
      startFragPrefetch: true,
      enableDateRangeMetadataCues: false,
      enableID3MetadataCues: false,
      enableEmsgMetadataCues: false,
      manifestLoadPolicy: policy(1, 6_000),
      playlistLoadPolicy: policy(8, 12_000),
      fragLoadPolicy: policy(4, 8_000),
    });
    this.hls = hls;
    this.engine(hls);
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && this.hls === hls && this.#broken(data));
    hls.loadSource(channel.hls);
    hls.attachMedia(video);
  }

  /** @param {import("../vendor/hls.js/hls.light.min.mjs").ErrorData} data */
  #broken(data) {
    const now = performance.now();
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && now - this.mediaErrorAt > 10 * SECOND) {
      this.mediaErrorAt = now;
      this.hls?.recoverMediaError();
      this.play();
      return;
    }
    this.#again(data.details);
  }

  /** Tune anew in a moment; each time a little later, never giving up. @param {string} _why */
  #again(_why) {
    this.#doubt();
    // The last picture stays until there is a new one; only the loading ends.
    this.hls?.stopLoad();
    clearTimeout(this.retry);
    const delay = BACKOFF[Math.min(this.attempt, BACKOFF.length - 1)];
    this.attempt += 1;
    this.retry = setTimeout(() => this.#start(), delay);
  }

  #playing() {
    if (this.fresh) {
      this.fresh = false;
      this.dispatchEvent(new Event("playing"));
    }
  }

  #moving() {
    if (this.video.paused || this.video.currentTime === this.seen.time) return;
    this.seen.time = this.video.currentTime;
    this.seen.at = performance.now();
    if (this.video.readyState < 3) return;
    this.attempt = 0;
    clearTimeout(this.poor);
    this.poor = 0;
    this.dispatchEvent(new Event("good"));
  }

  #doubt() {
    this.poor ||= setTimeout(() => this.dispatchEvent(new Event("poor")), PATIENCE);
  }

  /** Once a second: has the picture stood still, has the machine slept? */
  #watch() {
    const now = performance.now();
    const slept = now - this.seen.tick > 5 * SECOND;
    this.seen.tick = now;
    if (document.hidden || !this.channel) return;
    if (slept) return this.#wake();
    if (now - this.seen.at > STALLED * SECOND) {
      this.seen.at = now;
      this.#again("stalled");
    }
  }

  /** Back from the background or the network is back: to the live edge. */
  #wake() {
    if (document.hidden || !this.channel) return;
    const { hls, video } = this;
    this.seen.at = performance.now();
    if (this.poor && this.attempt) return this.#start();
    const edge = hls?.liveSyncPosition;
    if (edge && edge - video.currentTime > TOO_LATE) video.currentTime = edge;
    if (video.paused && hls) this.play();
  }
}
