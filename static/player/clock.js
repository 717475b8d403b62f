// The server's clock, measured: everybody who watches a channel shows the same frame at the same time by it.

/** Requests of one measurement; the quickest is believed. */
const SAMPLES = 5;
/** ms between two measurements: quartz drifts by a few ms a minute at worst. */
const EVERY = 120_000;
const PATIENCE = 5_000;
/** ms by which a measurement may be wrong more when the next is made. */
const AGEING = 4;

/**
 * One exchange, as in NTP (RFC 5905, section 8): asked at `sent`, told `server`, heard at `received`, all in ms.
 * @param {number} sent @param {number} server @param {number} received
 * @returns {{offset: number, trip: number}} offset: the server's clock minus ours, wrong by half of `trip` at most
 */
export function exchange(sent, server, received) {
  return { offset: server - (sent + received) / 2, trip: received - sent };
}

export class HouseClock {
  constructor() {
    /** Server minus us in ms; until it is measured our own clock is believed. */
    this.offset = 0;
    /** How wrong `offset` may be, ms. */
    this.error = Infinity;
    this.timer = 0;
    this.resting = false;
    /** @type {Promise<boolean> | null} */
    this.measuring = null;
    document.addEventListener("visibilitychange", () => document.hidden || this.resting || this.measure());
  }

  /** Our own clock: ms since 1970 that never step. */
  own() {
    return performance.timeOrigin + performance.now();
  }

  /** @returns {number} the server's time, ms since 1970 */
  now() {
    return this.own() + this.offset;
  }

  /** @returns {Promise<boolean>} whether the server answered */
  measure() {
    this.resting = false;
    this.measuring ??= this.#measure().finally(() => (this.measuring = null));
    return this.measuring;
  }

  /** Measure no more, until asked to. */
  rest() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.resting = true;
  }

  async #measure() {
    clearTimeout(this.timer);
    let answered = false;
    // What was measured before grows old; unless our clock itself stood still meanwhile (sleep), it is not far off.
    this.error += AGEING;
    try {
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        const sent = this.own();
        const response = await fetch("/api/time", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
        const { now } = await response.json();
        this.#believe(exchange(sent, now, this.own()));
        answered = true;
      }
    } catch {
      // No connection: what was measured before still holds.
    }
    // Somebody may have switched the set off meanwhile.
    if (!this.resting) this.timer = setTimeout(() => this.measure(), EVERY);
    return answered;
  }

  /** A slow exchange says less than a quick one, unless they contradict one another. */
  #believe({ offset = 0, trip = 0 }) {
    const contradicts = Math.abs(offset - this.offset) > this.error + trip / 2;
    if (!contradicts && trip / 2 > this.error) return;
    this.offset = offset;
    this.error = trip / 2;
  }
}
