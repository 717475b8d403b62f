// What a viewer likes, remembered from evening to evening; and the one place that says what there is to like.

import { recall, remember } from "./memory.js";

/** What holds until somebody says otherwise. */
const DEFAULTS = {
  /** the look of a tube: curved edges, scan lines, glow */
  crt: "off",
  /** snow while a channel is tuned */
  snow: "on",
  /** colour of the number in the corner: "green" or "amber" */
  osd: "green",
  /** "auto": between `nightFrom` and `nightTo` */
  night: "auto",
  nightFrom: "22:00",
  nightTo: "06:30",
};

/** @typedef {keyof typeof DEFAULTS} Name */

class Preferences extends EventTarget {
  /** @param {Name} name @returns {string} */
  get(name) {
    return recall(name) ?? DEFAULTS[name];
  }

  /** @param {Name} name @returns {boolean} */
  on(name) {
    return this.get(name) === "on";
  }

  /** @param {Name} name @param {string} value */
  set(name, value) {
    remember(name, value);
    this.dispatchEvent(new CustomEvent("change", { detail: { name, value } }));
  }

  /** @param {Name} name */
  toggle(name) {
    this.set(name, this.on(name) ? "off" : "on");
  }
}

export const preferences = new Preferences();

/**
 * Whether it is night at `now` for somebody whose night goes from `from` to `to`, past midnight or not.
 * @param {string} from "22:00" @param {string} to @param {Date} now
 */
export function isNight(from, to, now) {
  const time = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  return from <= to ? from <= time && time < to : time >= from || time < to;
}
