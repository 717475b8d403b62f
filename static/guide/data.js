// What the guide knows: blocks of six hours of all channels, fetched when they are looked at, the near ones kept fresh.

/**
 * @typedef {{id: string, kind: string, title: string, subtitle?: string, artist?: string, description?: string,
 *   year?: number, season?: number, episode?: number, genres?: string[], rating?: string, art?: string,
 *   aired?: boolean, start: string, stop: string, from: number, to: number}} Programme from, to: ms since 1970
 * @typedef {{number: number, slug: string, name: string, programmes: Programme[]}} Channel programmes by time
 */

const HOUR = 3_600_000;
const BLOCK = 6 * HOUR;
/** ms after which a block that is not all past is asked for again. */
const OLD = 60_000;

export class Data extends EventTarget {
  constructor() {
    super();
    /** @type {Channel[]} */
    this.channels = [];
    /** Server time minus ours, in ms. */
    this.offset = 0;
    this.failed = false;
    /** Grows with every answer. */
    this.version = 0;
    /** @type {Map<number, number>} when each block was asked for, by its beginning */
    this.asked = new Map();
  }

  /** @returns {number} now by the server's clock, ms since 1970 */
  now() {
    return Date.now() + this.offset;
  }

  /** @returns {number} ms that a programme usually takes: half of them are shorter */
  usual() {
    const long = this.channels.flatMap((channel) => channel.programmes.map(({ from, to }) => to - from));
    return long.sort((a, b) => a - b)[long.length >> 1] ?? HOUR;
  }

  /**
   * See to it that what airs between `from` and `to` is known; a "change" event says when more is.
   * @param {number} from @param {number} to
   */
  want(from, to) {
    for (let at = Math.floor(from / BLOCK) * BLOCK; at < to; at += BLOCK) {
      const asked = this.asked.get(at);
      const over = at + BLOCK < this.now() - HOUR;
      if (asked === undefined || (!over && performance.now() - asked > OLD)) this.fetch(at);
    }
  }

  /** @param {number} at */
  async fetch(at) {
    this.asked.set(at, performance.now());
    const query = new URLSearchParams({ from: new Date(at).toISOString(), to: new Date(at + BLOCK).toISOString() });
    try {
      const response = await fetch(`/api/guide?${query}`, { signal: AbortSignal.timeout(20_000) });
      if (!response.ok) throw new Error(String(response.status));
      const date = Date.parse(response.headers.get("Date") ?? "");
      if (date) this.offset = date + 500 - Date.now();
      this.take(await response.json(), at, at + BLOCK);
      this.failed = false;
    } catch {
      this.failed = true;
      // Asked again in a while, whoever looks.
      this.asked.set(at, performance.now() - OLD + 5_000);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {{channels: Channel[]}} answer @param {number} from @param {number} to */
  take(answer, from, to) {
    const known = new Map(this.channels.map((channel) => [channel.slug, channel.programmes]));
    for (const channel of answer.channels) {
      const fresh = channel.programmes;
      for (const one of fresh) {
        one.from = Date.parse(one.start);
        one.to = Date.parse(one.stop);
      }
      const first = Math.min(from, fresh[0]?.from ?? from);
      const last = Math.max(to, fresh.at(-1)?.to ?? to);
      // What begins in this time is told anew; what was told of it before may have been another plan.
      const kept = (known.get(channel.slug) ?? []).filter((one) => one.from < first || one.from >= last);
      channel.programmes = [...kept, ...fresh].sort((a, b) => a.from - b.from);
    }
    this.channels = answer.channels;
    this.version += 1;
  }

  /**
   * @param {Channel} channel @param {number} from @param {number} to
   * @returns {Programme[]} what airs on it in that time, the partly covered included
   */
  between(channel, from, to) {
    const all = channel.programmes;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle].to <= from) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let at = low; at < all.length && all[at].from < to; at++) found.push(all[at]);
    return found;
  }
}
