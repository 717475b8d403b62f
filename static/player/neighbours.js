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
    this.zappedAt = -Infinity;
    /** ms that looks come too late, of late. */
    this.strain = 0;
    this.lookedAt = performance.now();
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
    this.strain += (Math.min(1_000, Math.max(0, now - this.lookedAt - EVERY)) - this.strain) / 15;
    this.lookedAt = now;
    if (!channel) return;
    const count = this.#count(hls);
    const surfing = now - this.zappedAt < SURFING && this.strain < BUSY;
    this.settled = tuner.keep(count ? this.wanted().slice(0, count) : [], surfing && this.settled);
  }

  /** @param {any} hls */
  #count(hls) {
    const { tuner } = this;
    // The picture that is watched comes first, where network or machine have no more to give.
    if (this.strain > OVERLOADED) return 0;
    if (!hls || document.hidden || performance.now() - this.touchedAt > INTEREST) return 0;
    const level = hls.levels[hls.currentLevel < 0 ? 0 : hls.currentLevel];
    const most = allowance(/** @type {any} */ (navigator).connection, tuner.estimate, level?.bitrate ?? 0);
    // What is ready stays while the picture shown is filled up; nothing new begins before that.
    const there = tuner.receivers.filter((one) => one !== tuner.active && one.channel).length;
    return tuner.active.ahead() < COMFORT ? Math.min(most, there) : most;
  }
}
