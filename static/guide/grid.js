// Draws the grid: only what is in sight and a little around it, so that fifty channels of short clips scroll smoothly.

import { clock, lang } from "../i18n.js";

/** @typedef {import("./data.js").Channel} Channel @typedef {import("./data.js").Programme} Programme */

const HOUR = 3_600_000;
const HALF = HOUR / 2;
const DAY = 24 * HOUR;
/** Days of the timeline before and after the day it was made for. */
const BEFORE = 2;
const AFTER = 8;
const ROWS_AROUND = 2;
/** px below which a cell has no room for words. */
const NARROW = 40;
/** ms after which past and present are told apart anew. */
const TICK = 15_000;

const weekday = new Intl.DateTimeFormat(lang, { weekday: "short", day: "numeric", month: "short" });

/** @param {number} time @returns {string} hours and minutes where the viewer is */
export const hours = (time) => clock(time);

/** @param {number} time @returns {number} the midnight before, where the viewer is */
export const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

/** @template {keyof HTMLElementTagNameMap} N @param {N} name @param {string} kind @param {string} [text] */
const make = (name, kind, text = "") => {
  const made = document.createElement(name);
  made.className = kind;
  made.textContent = text;
  return made;
};

export class Grid {
  /**
   * @param {HTMLElement} scroller @param {HTMLElement} grid
   * @param {import("./data.js").Data} data
   */
  constructor(scroller, grid, data) {
    this.scroller = scroller;
    this.grid = grid;
    this.data = data;
    this.ruler = /** @type {HTMLElement} */ (grid.querySelector(".ruler"));
    this.rows = /** @type {HTMLElement} */ (grid.querySelector(".rows"));
    this.line = /** @type {HTMLElement} */ (grid.querySelector(".line"));
    /** @type {Map<string, {row: HTMLElement, cells: HTMLElement, drawn: Map<string, HTMLElement>, as: string}>} */
    this.drawn = new Map();
    /** @type {Map<number, HTMLElement>} */
    this.ticks = new Map();
    /** @type {{slug: string, from: number} | null} what is chosen: a channel, and when the programme begins */
    this.chosen = null;
    this.origin = 0;
    this.measure();
  }

  measure() {
    const style = getComputedStyle(this.grid);
    /** px a ms */
    this.scale = parseFloat(style.getPropertyValue("--hour")) / HOUR;
    this.rowHeight = parseFloat(style.getPropertyValue("--row"));
    this.headWidth = parseFloat(style.getPropertyValue("--head"));
  }

  /** Lay the timeline around `time`. @param {number} time */
  around(time) {
    const day = new Date(midnight(time));
    day.setDate(day.getDate() - BEFORE);
    if (this.origin === day.getTime()) return;
    this.origin = day.getTime();
    this.end = this.origin + (BEFORE + AFTER) * DAY;
    this.clear();
  }

  clear() {
    for (const { row } of this.drawn.values()) row.remove();
    for (const tick of this.ticks.values()) tick.remove();
    this.drawn.clear();
    this.ticks.clear();
    const width = ((this.end ?? 0) - this.origin) * (this.scale ?? 0);
    this.grid.style.setProperty("--width", `${width}px`);
  }

  /** @param {number} time @returns {number} px from the beginning of the timeline */
  x(time) {
    return (time - this.origin) * (this.scale ?? 0);
  }

  /** @returns {[number, number]} what is in sight, ms since 1970 */
  sight() {
    const width = this.scroller.clientWidth - (this.headWidth ?? 0);
    const from = this.origin + this.scroller.scrollLeft / (this.scale ?? 1);
    return [from, from + width / (this.scale ?? 1)];
  }

  /** Bring `time` to a quarter of what is in sight. @param {number} time @param {boolean} [smooth] */
  show(time, smooth = false) {
    if (time < this.origin + HOUR || time > (this.end ?? 0) - HOUR) this.around(time);
    const width = this.scroller.clientWidth - (this.headWidth ?? 0);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ left: this.x(time) - width / 4, behavior: smooth && !calm ? "smooth" : "instant" });
  }

  /** @param {number} time @returns {boolean} whether the grid stands where `show` put it */
  shows(time) {
    const [from, to] = this.sight();
    return Math.abs(this.x(from + (to - from) / 4) - this.x(time)) < 3;
  }

  /** Draw what is in sight; everything that is drawn already stays as it is. */
  draw() {
    const [from, to] = this.sight();
    const around = (to - from) / 4;
    const first = Math.floor((from - around) / HOUR) * HOUR;
    const last = Math.ceil((to + around) / HOUR) * HOUR;
    this.data.want(Math.max(first, this.origin), last);
    this.drawRuler(first, last);
    const top = Math.floor(this.scroller.scrollTop / (this.rowHeight ?? 1)) - ROWS_AROUND;
    const bottom = top + Math.ceil(this.scroller.clientHeight / (this.rowHeight ?? 1)) + 2 * ROWS_AROUND;
    const { channels } = this.data;
    this.grid.style.setProperty("--rows", String(channels.length));
    this.grid.setAttribute("aria-rowcount", String(channels.length));
    const slugs = new Set();
    channels.forEach((channel, index) => {
      const chosen = this.chosen?.slug === channel.slug;
      if ((index < top || index > bottom) && !chosen) return;
      slugs.add(channel.slug);
      this.drawRow(channel, index, first, last);
    });
    for (const [slug, { row }] of this.drawn) {
      if (slugs.has(slug)) continue;
      row.remove();
      this.drawn.delete(slug);
    }
    this.drawLine();
  }

  /** @param {number} first @param {number} last */
  drawRuler(first, last) {
    const from = Math.max(0, Math.floor((first - this.origin) / HALF));
    const to = Math.min(((this.end ?? 0) - this.origin) / HALF, Math.ceil((last - this.origin) / HALF));
    for (const [place, tick] of this.ticks) {
      if (place >= from && place <= to) continue;
      tick.remove();
      this.ticks.delete(place);
    }
    for (let place = from; place < to; place++) {
      if (this.ticks.has(place)) continue;
      const time = this.origin + place * HALF;
      const tick = make("div", "tick", hours(time));
      if (time === midnight(time)) tick.textContent = weekday.format(time);
      tick.classList.toggle("midnight", time === midnight(time));
      tick.style.setProperty("--x", `${this.x(time)}px`);
      this.ruler.append(tick);
      this.ticks.set(place, tick);
    }
  }

  /** @param {Channel} channel @param {number} index @param {number} first @param {number} last */
  drawRow(channel, index, first, last) {
    let drawn = this.drawn.get(channel.slug);
    if (!drawn) {
      const row = make("div", "row");
      row.setAttribute("role", "row");
      const head = make("a", "head");
      head.setAttribute("role", "rowheader");
      head.setAttribute("href", `/watch/${channel.slug}`);
      head.setAttribute("title", channel.name);
      head.append(make("span", "head-number", String(channel.number)), make("span", "head-name", channel.name));
      const cells = make("div", "cells");
      cells.setAttribute("role", "presentation");
      row.append(head, cells);
      this.rows.append(row);
      drawn = { row, cells, drawn: new Map(), as: "" };
      this.drawn.set(channel.slug, drawn);
    }
    drawn.row.style.setProperty("--index", String(index));
    drawn.row.setAttribute("aria-rowindex", String(index + 1));
    const now = this.data.now();
    const as = [first, last, this.data.version, Math.floor(now / TICK), this.origin].join();
    if (drawn.as === as) return;
    drawn.as = as;
    const keep = new Set();
    for (const programme of this.data.between(channel, Math.max(first, this.origin), Math.min(last, this.end ?? 0))) {
      const key = `${programme.from} ${programme.to} ${programme.title}`;
      keep.add(key);
      let cell = drawn.drawn.get(key);
      if (!cell) {
        cell = this.cell(channel, programme);
        drawn.drawn.set(key, cell);
        drawn.cells.append(cell);
      }
      cell.classList.toggle("past", programme.to <= now);
      cell.classList.toggle("on", programme.from <= now && now < programme.to);
      this.mark(cell, this.chosen?.slug === channel.slug && this.chosen.from === programme.from);
    }
    for (const [key, cell] of drawn.drawn) {
      if (keep.has(key)) continue;
      cell.remove();
      drawn.drawn.delete(key);
    }
  }

  /** @param {HTMLElement} cell @param {boolean} chosen */
  mark(cell, chosen) {
    cell.setAttribute("aria-selected", String(chosen));
    cell.tabIndex = chosen ? 0 : -1;
  }

  /** @param {Channel} channel @param {Programme} programme @returns {HTMLElement} */
  cell(channel, programme) {
    const from = Math.max(programme.from, this.origin);
    const cell = make("div", `cell ${programme.kind}`);
    cell.setAttribute("role", "gridcell");
    const title = [programme.title, programme.subtitle].filter(Boolean).join(", ");
    cell.setAttribute("aria-label", `${hours(programme.from)}–${hours(programme.to)} ${title}, ${channel.name}`);
    cell.dataset.slug = channel.slug;
    cell.dataset.from = String(programme.from);
    cell.style.setProperty("--x", `${this.x(from)}px`);
    cell.style.setProperty("--w", `${this.x(Math.min(programme.to, this.end ?? 0)) - this.x(from)}px`);
    if (this.x(programme.to) - this.x(from) < NARROW) return cell;
    const words = make("div", "words");
    words.append(make("span", "title", programme.title));
    words.append(make("span", "under", programme.subtitle ?? `${hours(programme.from)}`));
    cell.append(words);
    return cell;
  }

  drawLine() {
    const now = this.data.now();
    this.line.hidden = now < this.origin || now > (this.end ?? 0);
    this.line.style.setProperty("--x", `${this.x(now)}px`);
  }

  /** Choose a programme, bring it into sight and give it the focus. @param {Channel} channel @param {Programme} programme */
  choose(channel, programme, focus = true) {
    this.chosen = { slug: channel.slug, from: programme.from };
    if (focus) this.reveal(channel, programme);
    this.draw();
    const drawn = this.drawn.get(channel.slug);
    const cell = drawn && [...drawn.drawn.values()].find((one) => one.dataset.from === String(programme.from));
    for (const row of this.drawn.values()) for (const one of row.drawn.values()) this.mark(one, one === cell);
    if (focus) cell?.focus({ preventScroll: true });
  }

  /** @param {Channel} channel @param {Programme} programme */
  reveal(channel, programme) {
    const [from, to] = this.sight();
    if (programme.to <= from + HALF / 2 || programme.from >= to - HALF / 2) this.show(programme.from);
    const index = this.data.channels.indexOf(channel);
    const height = this.rowHeight ?? 0;
    const top = this.ruler.offsetHeight;
    const above = index * height;
    const below = above + height - (this.scroller.clientHeight - top);
    if (this.scroller.scrollTop > above) this.scroller.scrollTop = above;
    else if (this.scroller.scrollTop < below) this.scroller.scrollTop = below;
  }
}
