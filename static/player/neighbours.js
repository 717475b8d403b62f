// Keeps the channels ready that the next key may ask for: both neighbours and the last one. Not for ever, and not where
// bytes cost money.

/** ms between two looks; a segment lasts about two seconds. */
const EVERY = 200;
/** ms after the last touch until the neighbours are let go: who watches a film pays for one channel. */
const INTEREST = 5 * 60_000;
/** ms after a change of channel in which the next is likely: the likeliest channel plays already, unseen. */
const SURFING = 30_000;
/** ms that looks come too late, on average, when the machine has enough to do, and when it has too much. */
const BUSY = 60;
const OVERLOADED = 250;
/** ms from asking for the next picture of one that waits until it is decoded, when the machine has too much to do. */
const SLOW = 400;
/** Share of the frames of what is watched that were not shown, when it has. */
const TORN = 0.25;
/** Fewest frames that say so, and ms after a change of channel before they do. */
const FRAMES = 15;
const JUMPED = 2_000;
/** Most that are kept ready. */
const MOST = 3;
/** ms after which one less is kept, and one more: this doubles each time that has been too many. */
const PATIENCE = 1_000;
const REST = 2_500;
const LONG_REST = 80_000;
/** Seconds in the buffer of what is shown before anything else is loaded. */
const COMFORT = 2.5;
/** The network must carry this many times what is loaded. */
const MARGIN = 1.5;

/**
 * How many channels may be kept ready.
 * @param {{saveData?: boolean, type?: string, effectiveType?: string} | undefined} connection `navigator.connection`
 * @param {number} estimate bits a second the network carries, 0 when unknown
 * @param {number} rate bits a second of one channel, 0 when unknown
 */
export function allowance(connection, estimate, rate) {
  const { saveData = false, type = "", effectiveType = "" } = connection ?? {};
  if (saveData || type === "cellular" || effectiveType === "slow-2g" || effectiveType === "2g") return 0;
  if (!estimate || !rate) return MOST;
  return Math.max(0, Math.min(MOST, Math.floor(estimate / (rate * MARGIN)) - 1));
}

export class Neighbours {
  /**
   * @param {import("./tuner.js").Tuner} tuner
   * @param {import("./channels.js").Channels} channels @param {() => import("./channels.js").Channel[]} wanted the likeliest first
   */
  constructor(tuner, channels, wanted) {
    this.tuner = tuner;
    this.channels = channels;
    this.wanted = wanted;
    this.touchedAt = performance.now();
    this.zappedAt = -Infinity;
    /** ms that looks come too late, of late. */
    this.strain = 0;
    this.lookedAt = performance.now();
    /** How many the machine carries: fewer as soon as it is too much for it, more again when it is not for a while. */
    this.room = MOST;
    this.changedAt = -Infinity;
    this.rest = REST;
    this.counted = { video: tuner.video, dropped: 0, frames: 0 };
    /** Whether all that may be kept ready is. */
    this.settled = false;
    for (const event of ["pointermove", "pointerdown", "keydown", "wheel"]) {
      addEventListener(event, () => (this.touchedAt = performance.now()), { passive: true });
    }
    setInterval(() => this.#look(), EVERY);
  }

  /** Somebody changed the channel, by whatever means. */
  zapped() {
    this.zappedAt = this.touchedAt = performance.now();
  }

  #look() {
    const { tuner } = this;
    const { hls, channel } = tuner.active;
    const now = performance.now();
    const late = Math.max(0, now - this.lookedAt - EVERY);
    this.lookedAt = now;
    if (!channel) return;
    // Timers of a page that nobody sees are late, and its frames are not shown: that says nothing.
    if (!document.hidden) {
      this.strain += (Math.min(1_000, late) - this.strain) / 15;
      this.#feel(now);
    }
    const wanted = this.wanted().slice(0, this.#count(hls));
    // What is watched comes first: nothing begins, and nothing moves, before it is there and filled up; nor while nobody answers.
    const quiet = !this.channels.answered || tuner.active.ahead() < COMFORT || tuner.video.seeking;
    const hot = now - this.zappedAt < SURFING && this.strain < BUSY && this.room === MOST && this.settled;
    this.settled = tuner.keep(wanted, { hot, quiet });
  }

  /** Make room for fewer when the machine has too much to do, for more when it has not. @param {number} now */
  #feel(now) {
    if (this.#strained(now)) {
      if (now - this.changedAt < PATIENCE) return;
      this.rest = Math.min(LONG_REST, 2 * this.rest);
      this.room = Math.max(0, this.room - 1);
      this.changedAt = now;
      for (const one of this.tuner.receivers) one.took = 0;
    } else if (this.room < MOST && now - this.changedAt > this.rest) {
      this.room += 1;
      this.changedAt = now;
    } else if (now - this.changedAt > LONG_REST) this.rest = REST;
  }

  /** @param {number} now */
  #strained(now) {
    const { receivers, active, video } = this.tuner;
    const { droppedVideoFrames: dropped, totalVideoFrames: frames } = video.getVideoPlaybackQuality();
    const { counted } = this;
    const [lost, shown] = [dropped - counted.dropped, frames - counted.frames];
    // A jump drops frames, whatever the machine.
    const steady = counted.video === video && shown >= 0 && !video.seeking && now - this.zappedAt > JUMPED;
    if (!steady || shown >= FRAMES) this.counted = { video, dropped, frames };
    const torn = steady && shown >= FRAMES && lost > TORN * shown;
    return torn || this.strain > OVERLOADED || receivers.some((one) => one !== active && one.effort() > SLOW);
  }

  /** @param {any} hls */
  #count(hls) {
    const { tuner } = this;
    if (!hls || document.hidden || performance.now() - this.touchedAt > INTEREST) return 0;
    const level = hls.levels[hls.currentLevel < 0 ? 0 : hls.currentLevel];
    const { connection } = /** @type {any} */ (navigator);
    return Math.min(this.room, allowance(connection, tuner.estimate, level?.bitrate ?? 0));
  }
}
