// Small helpers for what lies over the picture. Text only, never markup.

import { t } from "../i18n.js";

/** @typedef {import("./channels.js").Channel} Channel @typedef {import("./channels.js").Programme} Programme */

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

/** Change a text only when it differs: screen readers and layout are spared. @param {Element | null} element @param {string} text */
export function set(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** @param {string} id @param {string} text */
export const say = (id, text) => set($(id), text);

/** @param {HTMLElement} track @param {number} part 0 to 1 */
export const fill = (track, part) => track.style.setProperty("--part", part.toFixed(4));

/**
 * @param {string} tag @param {string} [name] its class @param {string | (Node | null)[]} [content] text, or children
 * @returns {HTMLElement}
 */
export function make(tag, name = "", content = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (typeof content === "string") element.textContent = content;
  else element.append(...content.filter((child) => child !== null));
  return element;
}

/** How much of a programme is over at `time`, 0 to 1. @param {Programme} programme @param {number} time */
export function part(programme, time) {
  const [start, stop] = [Date.parse(programme.start), Date.parse(programme.stop)];
  return Math.min(1, Math.max(0, (time - start) / (stop - start)));
}

/** @param {number} ms @returns {string} the time left, in words */
export function left(ms) {
  const minutes = Math.ceil(ms / 60_000);
  if (ms < 60_000) return t("player.ending");
  if (minutes < 60) return t("player.minutes_left", { n: minutes });
  return t("player.hours_left", { h: Math.floor(minutes / 60), n: minutes % 60 });
}

/** What a programme is called beside its title. @param {any} programme @returns {string} "S02 E05 · The Gift · Ann · 1994" */
export function detail(programme) {
  if (!programme) return "";
  const { season, episode } = programme;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const number = [season != null && `S${two(season)}`, episode != null && `E${two(episode)}`].filter(Boolean).join(" ");
  return [number, programme.subtitle, programme.artist, programme.year && String(programme.year)].filter(Boolean).join(" · ");
}

/** Show a picture once it is there; hide it when there is none. @param {HTMLImageElement} image @param {string} url */
export function picture(image, url) {
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  image.hidden = true;
  if (!url) return image.removeAttribute("src");
  image.onload = () => (image.hidden = false);
  image.onerror = () => (image.hidden = true);
  image.src = url;
}
