// Keeps the channels ready that the next key may ask for: both neighbours and the last one. Not for ever, and not where
// bytes cost money.

/** ms between two looks; a segment lasts about two seconds. */
const EVERY = 200;
/** ms after the last touch until the neighbours are let go: who watches a film pays for one channel. */
const INTEREST = 5 * 60_000;
/** Seconds in the buffer of what is shown before anything else is loaded. */
const COMFORT = 1.5;
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
  if (!estimate || !rate) return 3;
  return Math.max(0, Math.min(3, Math.floor(estimate / (rate * MARGIN)) - 1));
}

export class Neighbours {
  /**
   * @param {import("./tuner.js").Tuner} tuner
   * @param {() => import("./channels.js").Channel[]} wanted the likeliest first
   */
  constructor(tuner, wanted) {
    this.tuner = tuner;
    this.wanted = wanted;
    this.touchedAt = performance.now();
    /** Whether all that may be kept ready is. */
    this.settled = false;
    for (const event of ["pointermove", "pointerdown", "keydown", "wheel"]) {
      addEventListener(event, () => (this.touchedAt = performance.now()), { passive: true });
    }
    setInterval(() => this.#look(), EVERY);
  }

  /** Somebody changed the channel, by whatever means. */
  touch() {
    this.touchedAt = performance.now();
  }

  #look() {
    const { tuner } = this;
    const { hls, channel } = tuner.active;
    if (!channel) return;
    this.settled = tuner.keep(this.#count(hls) ? this.wanted().slice(0, this.#count(hls)) : []);
  }

  /** @param {any} hls */
  #count(hls) {
    const { tuner } = this;
    if (!hls || document.hidden || performance.now() - this.touchedAt > INTEREST) return 0;
    const level = hls.levels[hls.currentLevel < 0 ? 0 : hls.currentLevel];
    const most = allowance(/** @type {any} */ (navigator).connection, tuner.estimate, level?.bitrate ?? 0);
    // What is ready stays while the picture shown is filled up; nothing new begins before that.
    const there = tuner.receivers.filter((one) => one !== tuner.active && one.channel).length;
    return tuner.active.ahead() < COMFORT ? Math.min(most, there) : most;
  }
}
