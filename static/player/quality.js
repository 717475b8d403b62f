// Which of a channel's sizes is shown: what the network carries, or what was chosen. The choice is a height, so that it
// holds on every channel.

import { remember } from "./memory.js";

/**
 * @typedef {{index: number, height: number, bitrate: number, label: string}} Level
 * Event `quality` of the set: {levels: Level[], current: index or -1, auto: boolean}.
 */
export class Quality {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    this.told = "";
    tv.tuner.addEventListener("levels", () => this.#tell());
    tv.addEventListener("picture", () => this.#tell());
    tv.commands.set("level", (index) => this.choose(Number(index)));
  }

  /** @returns {Level[]} the best first */
  levels() {
    const levels = /** @type {any[]} */ (this.tv.tuner.active.hls?.levels ?? []);
    const listed = levels.map(({ height, bitrate }, index) => ({ index, height, bitrate, label: `${height}p` }));
    return listed.sort((one, other) => other.height - one.height || other.bitrate - one.bitrate);
  }

  get auto() {
    return this.tv.tuner.height === 0;
  }

  /** @returns {number} index of the one that is shown, -1 while unknown */
  get current() {
    return this.tv.tuner.active.hls?.currentLevel ?? -1;
  }

  /** @param {number} index of a level; -1: as the network carries */
  choose(index) {
    const height = this.levels().find((level) => level.index === index)?.height ?? 0;
    remember("quality", height);
    this.tv.tuner.size(height);
    this.#tell();
  }

  #tell() {
    const detail = { levels: this.levels(), current: this.current, auto: this.auto };
    const told = JSON.stringify(detail);
    if (told === this.told) return;
    this.told = told;
    this.tv.tell("quality", detail);
  }
}
