// Everybody sees the same frame at the same time: a little faster or slower, or a jump when that would take too long.

const EVERY = 250;
/** ms off that nobody sees. */
const CLOSE = 25;
const SPOT_ON = 8;
/** ms off from which it jumps. */
const FAR = 600;
/** Most that the speed changes; pitch is kept, nobody hears it. */
const GENTLE = 0.03;
/** ms after a jump before the next. */
const PATIENCE = 3_000;

/**
 * How fast to play when `lag` ms behind (ahead when negative), playing at `rate` now.
 * @param {number} lag @param {number} rate
 */
export function pace(lag, rate) {
  const off = Math.abs(lag);
  // Once it corrects it goes on until it is spot on, so that it does not begin again at once.
  if (off < SPOT_ON || (off < CLOSE && rate === 1)) return 1;
  return 1 + Math.sign(lag) * Math.min(GENTLE, Math.max(0.004, off / 5_000));
}

export class Together {
  /** @param {import("./tuner.js").Tuner} tuner @param {import("./clock.js").HouseClock} clock */
  constructor(tuner, clock) {
    this.tuner = tuner;
    this.clock = clock;
    this.jumpedAt = -Infinity;
    this.doubtedAt = -Infinity;
    setInterval(() => this.#look(), EVERY);
  }

  #look() {
    const { active } = this.tuner;
    const { video } = active;
    if (!active.channel || video.paused || video.seeking || video.readyState < 3) return;
    const lag = active.lag();
    if (lag === null) return;
    if (Math.abs(lag) < FAR) {
      const rate = pace(lag, video.playbackRate);
      if (Math.abs(rate - video.playbackRate) > 0.002 || rate === 1) video.playbackRate = rate;
      return;
    }
    video.playbackRate = 1;
    const now = performance.now();
    if (now - this.jumpedAt < PATIENCE) return;
    if (this.tuner.join()) {
      this.jumpedAt = now;
    } else if (now - this.doubtedAt > PATIENCE) {
      // What is due is not even in the buffer: is it our idea of the time that is wrong?
      this.doubtedAt = now;
      this.clock.measure();
    }
  }
}
