// The list of channels: what is on each of them, with a picture of it that is never older than a minute.

import { clock, t } from "../i18n.js";
import { $, fill, part, picture, set } from "./dom.js";

/** ms: a new picture a minute, for the rows that can be seen. */
const FRESH = 60_000;

/** @typedef {import("./channels.js").Channel} Channel */

/** @param {any} tv */
export function attach(tv) {
  const list = $("channels");
  /** @type {Set<Element>} rows on the screen */
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
    thumbs();
  });

  function draw() {
    const { channels } = tv;
    const there = [...list.querySelectorAll("a")].map((row) => row.dataset.slug);
    if (there.join(" ") !== channels.all.map((/** @type {Channel} */ channel) => channel.slug).join(" ")) {
      list.replaceChildren(...channels.all.map(row));
      watch();
    }
    const now = channels.now();
    channels.all.forEach((/** @type {Channel} */ channel, /** @type {number} */ index) => {
      const link = list.children[index].firstElementChild;
      const airs = channels.at(channel, now).now;
      set(link.querySelector(".number"), String(channel.number));
      set(link.querySelector(".channel-name"), channel.name);
      set(link.querySelector(".channel-now"), channel.state === "fault" ? t("player.no_reception") : (airs?.title ?? ""));
      fill(link.querySelector(".track"), airs ? part(airs, now) : 0);
      link.classList.toggle("silent", channel.state === "fault");
      if (channel.slug === tv.current?.slug) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    set($("time"), clock(now));
    thumbs();
  }

  function watch() {
    watcher.disconnect();
    seen.clear();
    for (const link of list.querySelectorAll("a")) watcher.observe(link);
  }

  /** Ask for pictures only while somebody looks: the list is open, or always there beneath the picture. */
  function thumbs() {
    if (document.hidden || !tv.channels.answered || tv.sleep.asleep || (document.body.dataset.panel !== "list" && $("list").inert)) return;
    const minute = Math.floor(tv.channels.now() / FRESH);
    for (const link of seen) {
      const { slug, thumb } = /** @type {HTMLElement} */ (link).dataset;
      if (thumb === String(minute)) continue;
      /** @type {HTMLElement} */ (link).dataset.thumb = String(minute);
      renew(/** @type {HTMLImageElement} */ (link.querySelector("img")), `/thumbs/${slug}.jpg?${minute}`);
    }
  }

  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    tv.tune(link.dataset.slug, "list");
    if (document.body.dataset.panel === "list") tv.command("close");
  });
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const rows = [...list.querySelectorAll("a")];
    const at = rows.indexOf(/** @type {any} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 5, PageUp: at - 5 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const wraps = event.key.startsWith("Arrow") ? (to + rows.length) % rows.length : Math.min(rows.length - 1, Math.max(0, to));
    rows[wraps].focus();
  });

  watch();
  for (const event of ["tune", "programme", "tick", "panel"]) tv.addEventListener(event, draw);
  tv.channels.addEventListener("change", draw);
}

/** Put the new picture in place only once it is there, so that nothing flickers. @param {HTMLImageElement} image @param {string} url */
function renew(image, url) {
  if (image.hidden) return picture(image, url);
  const next = new Image();
  next.onload = () => (image.src = url);
  next.src = url;
}

/** @param {Channel} channel */
function row(channel) {
  const item = $("channel-row").content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.href = `/watch/${channel.slug}`;
  link.dataset.slug = channel.slug;
  return item;
}
