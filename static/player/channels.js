// The channels and what airs on them, kept fresh by a gentle poll of /api/channels.

/**
 * @typedef {{id: string, kind: string, title: string, artist: string, description: string, start: string, stop: string, poster?: string, art?: string}} Programme
 * @typedef {{number: number, slug: string, name: string, state: string, fault: string, hls: string, now: Programme | null, next: Programme | null}} Channel
 */

const EVERY = 20_000;
const SOON = 1_500;
const STARTING = 300;
const KNOWN = 4;
/** ms for which an answer says what is on air. */
const FRESH = 2_000;

export class Channels extends EventTarget {
  /** @param {Channel[]} channels what the page itself came with @param {import("./clock.js").HouseClock} clock */
  constructor(channels, clock) {
    super();
    this.all = channels;
    /** A wrong clock on the couch must not bend the guide. */
    this.clock = clock;
    this.askedAt = performance.now();
    /** Whether the last question was answered. */
    this.answered = true;
    this.resting = false;
    /** @type {Promise<boolean> | null} */
    this.asking = null;
    /** @type {Map<string, Map<string, Programme>>} programmes known of late, by channel */
    this.known = new Map();
    this.timer = 0;
    document.addEventListener("visibilitychange", () => document.hidden || this.resting || this.refresh());
  }

  /** @returns {number} now by the server's clock, ms since 1970 */
  now() {
    return this.clock.now();
  }

  /** @param {string} slug */
  find(slug) {
    return this.all.find((channel) => channel.slug === slug);
  }

  /**
   * The channel `by` places away, around the end.
   * @param {string} slug
   * @param {number} by
   */
  neighbour(slug, by) {
    const at = this.all.findIndex((channel) => channel.slug === slug);
    const { length } = this.all;
    return this.all[(((at + by) % length) + length) % length];
  }

  /**
   * What airs on `channel` at `time` and what follows; what is on screen lags a few seconds behind the clock.
   * @param {Channel} channel
   * @param {number} time ms since 1970
   * @returns {{now: Programme | null, next: Programme | null}}
   */
  at(channel, time) {
    const programmes = [...(this.known.get(channel.slug)?.values() ?? [])];
    const now = programmes.find((p) => Date.parse(p.start) <= time && time < Date.parse(p.stop)) ?? null;
    const next = now && (programmes.find((p) => p.start === now.stop) ?? null);
    return { now: now ?? channel.now, next: next ?? channel.next };
  }

  /** Whether what is known was told just now. */
  get fresh() {
    return this.answered && performance.now() - this.askedAt < FRESH;
  }

  /**
   * Ask now, and then every so often: sooner when a programme ends, not at all while nobody looks.
   * @returns {Promise<boolean>} whether there was an answer
   */
  refresh() {
    this.asking ??= this.#ask("/api/channels", 8_000).finally(() => (this.asking = null));
    return this.asking;
  }

  /**
   * Ask for an answer that comes once the channel is no longer being prepared, or after some seconds.
   * @param {string} slug
   * @returns {Promise<boolean>} whether there was an answer
   */
  settled(slug) {
    return this.#ask(`/api/channels?wait=${encodeURIComponent(slug)}`, 20_000);
  }

  /** Ask no more, until asked to. */
  rest() {
    this.resting = true;
    clearTimeout(this.timer);
  }

  /** @param {string} url @param {number} patience ms */
  async #ask(url, patience) {
    this.resting = false;
    clearTimeout(this.timer);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
      if (!response.ok) throw new Error(String(response.status));
      this.take(await response.json());
      this.answered = true;
    } catch {
      // The picture says when there is no reception; a guide that is a little old still serves.
      this.answered = false;
    }
    this.askedAt = performance.now();
    clearTimeout(this.timer);
    if (!this.resting) this.timer = setTimeout(() => document.hidden || this.refresh(), this.pause());
    this.dispatchEvent(new Event("change"));
    return this.answered;
  }

  /** @param {Channel[]} channels */
  take(channels) {
    this.all = channels;
    for (const channel of channels) {
      const programmes = this.known.get(channel.slug) ?? new Map();
      for (const programme of [channel.now, channel.next]) {
        if (!programme) continue;
        programmes.delete(programme.id);
        programmes.set(programme.id, programme);
      }
      for (const id of [...programmes.keys()].slice(0, -KNOWN)) programmes.delete(id);
      this.known.set(channel.slug, programmes);
    }
  }

  pause() {
    // tvd is just starting: its channels are a moment away, and somebody waits for them.
    if (!this.all.length) return STARTING;
    const stops = this.all.map((channel) => Date.parse(channel.now?.stop ?? "") - this.now()).filter((ms) => ms > 0);
    return Math.max(SOON, Math.min(EVERY, ...stops.map((ms) => ms + SOON)));
  }
}
