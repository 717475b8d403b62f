// The guide page: grid, remote control, details. Times are the viewer's; what is shown is text, never markup.

import { day as dayName, lang, t } from "../i18n.js";
import { Data } from "./data.js";
import { Grid, hours, midnight } from "./grid.js";

/** @typedef {import("./data.js").Channel} Channel @typedef {import("./data.js").Programme} Programme */

const MINUTE = 60_000;
/** ms: where programmes are usually shorter, an hour is drawn wider, or their names would not fit. */
const BRIEF = 15 * MINUTE;
const LEAP = 2 * 60 * MINUTE;
const EVERY = 15_000;
/** Frames waited for the styles. */
const TRIES = 300;

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);
const shortDay = new Intl.DateTimeFormat(lang, { weekday: "short", day: "numeric", month: "short" });

const data = new Data();
const grid = new Grid($("scroller"), $("grid"), data);
/** Where up and down stay: the time looked at. */
let cursor = data.now();
let waiting = false;
let begun = false;
/** What is looked at, for when the window changes its size: the time at a quarter of what is in sight. */
let looking = cursor;
let settled = false;
let tries = 0;

function refresh() {
  if (waiting || !settled) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    grid.draw();
    head();
  });
}

/** @returns {number} the time looked at: now where that is in sight, else a quarter of what is */
function looked() {
  const [from, to] = grid.sight();
  const now = data.now();
  return from <= now && now <= to ? now : from + (to - from) / 4;
}

function head() {
  const [from, to] = grid.sight();
  looking = from + (to - from) / 4;
  const today = midnight(data.now());
  const day = midnight(looked());
  const near = { "-1": t("guide.yesterday"), 0: t("guide.today"), 1: t("guide.tomorrow") }[String(Math.round((day - today) / 86_400_000))];
  $("day-name").textContent = near ?? dayName(day);
  const local = new Date(day);
  const value = [local.getFullYear(), local.getMonth() + 1, local.getDate()].map((n) => String(n).padStart(2, "0"));
  if (document.activeElement !== $("day")) $("day").value = value.join("-");
  $("time").textContent = hours(data.now());
  $("now").classList.toggle("away", data.now() < from || data.now() > to);
  const empty = data.version > 0 && !data.channels.length;
  $("empty").hidden = !(data.failed || empty);
  $("empty").textContent = t(data.failed ? "guide.no_reception" : "guide.no_channels");
}

/** @param {string} slug @param {number} from */
function find(slug, from) {
  const channel = data.channels.find((one) => one.slug === slug);
  return { channel, programme: channel?.programmes.find((one) => one.from === from) };
}

/** @param {Channel} channel @param {number} time */
const at = (channel, time) => {
  const near = data.between(channel, time - 30 * MINUTE, time + 30 * MINUTE);
  return near.find((one) => one.from <= time && time < one.to) ?? near[0];
};

/** @param {Channel | undefined} channel @param {Programme | undefined} programme */
function choose(channel, programme, focus = true) {
  if (!channel || !programme) return;
  grid.choose(channel, programme, focus);
  details(channel, programme);
}

/** @param {Channel} channel @param {Programme} programme */
function details(channel, programme) {
  const now = data.now();
  const minutes = Math.max(1, Math.round((programme.to - programme.from) / MINUTE));
  const on = programme.from <= now && now < programme.to;
  const shown = programme.kind === "slate" ? t("guide.not_shown") : programme.to <= now && programme.aired ? t("guide.aired") : "";
  const when = `${shortDay.format(programme.from)} · ${hours(programme.from)}–${hours(programme.to)} · ${t("guide.minutes", { n: minutes })}`;
  $("details-when").textContent = [on ? t("guide.on_now") : "", when, shown].filter(Boolean).join(" · ");
  $("details-title").textContent = programme.title;
  const { season, episode } = programme;
  const parts = [season === undefined ? "" : `S${season}`, episode === undefined ? "" : `E${episode}`];
  const number = parts.filter(Boolean).join(" ");
  const about = [programme.subtitle, number, programme.artist, programme.year, ...(programme.genres ?? []), programme.rating];
  $("details-more").textContent = about.filter(Boolean).join(" · ");
  $("details-description").textContent = programme.description ?? "";
  const art = $("details-art");
  art.hidden = !programme.art;
  if (programme.art) art.src = programme.art;
  else art.removeAttribute("src");
  const watch = $("details-watch");
  watch.href = `/watch/${channel.slug}`;
  watch.textContent = on ? t("guide.watch", { name: channel.name }) : `${channel.number} ${channel.name}`;
  watch.classList.toggle("on", on);
  $("details").hidden = false;
}

function now() {
  cursor = data.now();
  grid.around(cursor);
  grid.show(cursor, true);
  const channel = data.channels.find((one) => one.slug === grid.chosen?.slug) ?? data.channels[0];
  if (channel) choose(channel, at(channel, cursor), false);
  refresh();
}

/** Go to the same hour of another day. @param {number} day midnight of it */
function jump(day) {
  const there = new Date(day);
  const hour = new Date(looked());
  there.setHours(hour.getHours(), hour.getMinutes());
  if (there.getTime() < grid.origin || there.getTime() > grid.end - 86_400_000) grid.around(there.getTime());
  cursor = there.getTime();
  grid.show(cursor);
  refresh();
}

/** @param {number} by */
function days(by) {
  const day = new Date(midnight(looked()));
  day.setDate(day.getDate() + by);
  jump(day.getTime());
}

/** @param {number} rows @param {number} programmes */
function move(rows, programmes) {
  const { channel, programme } = grid.chosen ? find(grid.chosen.slug, grid.chosen.from) : {};
  if (!channel || !programme) {
    const first = data.channels[0];
    if (first) choose(first, at(first, cursor));
    return;
  }
  if (rows) {
    const there = data.channels[data.channels.indexOf(channel) + rows];
    if (there) choose(there, at(there, cursor));
    return;
  }
  const all = channel.programmes;
  const there = all[all.indexOf(programme) + programmes];
  if (!there) return;
  const [from, to] = grid.sight();
  cursor = Math.max(there.from, Math.min(there.to - MINUTE, programmes > 0 ? there.from : there.to - MINUTE));
  if (there.from >= from && there.from < to) cursor = there.from;
  choose(channel, there);
}

/** @param {number} by ms */
function leap(by) {
  const [from, to] = grid.sight();
  cursor = Math.max(cursor, from) + by;
  grid.show(cursor);
  const { channel } = grid.chosen ? find(grid.chosen.slug, grid.chosen.from) : {};
  const there = channel ?? data.channels[0];
  if (there && to > from) choose(there, at(there, cursor));
  refresh();
}

const keys = {
  ArrowUp: () => move(-1, 0),
  ArrowDown: () => move(1, 0),
  ArrowLeft: () => move(0, -1),
  ArrowRight: () => move(0, 1),
  Home: now,
  PageUp: () => leap(-LEAP),
  PageDown: () => leap(LEAP),
  Enter: () => grid.chosen && location.assign(`/watch/${grid.chosen.slug}`),
  Escape: () => ($("details").hidden ? location.assign("/") : close()),
  g: () => location.assign("/"),
};

function close() {
  $("details").hidden = true;
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || target.closest("input")) return;
  if (event.key === "Enter" && target.closest("a, button")) return;
  const act = keys[/** @type {keyof typeof keys} */ (event.key)];
  if (!act) return;
  event.preventDefault();
  act();
});

$("rows").addEventListener("click", (/** @type {PointerEvent} */ event) => {
  const cell = /** @type {HTMLElement} */ (event.target).closest(".cell");
  if (!(cell instanceof HTMLElement)) return;
  const { channel, programme } = find(cell.dataset.slug ?? "", Number(cell.dataset.from));
  if (!channel || !programme) return;
  const time = data.now();
  // A finger asks first; a mouse has seen the details already.
  if (event.pointerType === "mouse" && programme.from <= time && time < programme.to) {
    location.assign(`/watch/${channel.slug}`);
    return;
  }
  cursor = programme.from;
  choose(channel, programme);
});

$("rows").addEventListener("pointerover", (/** @type {PointerEvent} */ event) => {
  if (event.pointerType !== "mouse") return;
  const cell = /** @type {HTMLElement} */ (event.target).closest(".cell");
  if (!(cell instanceof HTMLElement)) return;
  const { channel, programme } = find(cell.dataset.slug ?? "", Number(cell.dataset.from));
  if (channel && programme) details(channel, programme);
});

$("scroller").addEventListener("scroll", refresh, { passive: true });
addEventListener("resize", settle);
$("now").addEventListener("click", now);
$("day-before").addEventListener("click", () => days(-1));
$("day-after").addEventListener("click", () => days(1));
$("details-close").addEventListener("click", close);
$("details-art").addEventListener("error", () => ($("details-art").hidden = true));
$("day").addEventListener("change", () => {
  const [year, month, day] = $("day").value.split("-").map(Number);
  if (year && month && day) jump(new Date(year, month - 1, day).getTime());
});
data.addEventListener("change", () => {
  const first = data.channels[0];
  if (!begun && first && at(first, data.now())) {
    begun = true;
    $("grid").setAttribute("aria-busy", "false");
    $("grid").classList.toggle("brief", data.usual() < BRIEF);
    settle();
    now();
    // On a telephone the details would hide half of the grid before anybody asked.
    if (matchMedia("(width <= 700px)").matches) close();
  }
  refresh();
});
setInterval(() => document.hidden || refresh(), EVERY);

/** Lay everything out for the window as it is, and stay where one looks; tried again until the styles are there. */
function settle() {
  settled = false;
  grid.measure();
  grid.clear();
  grid.around(looking);
  grid.show(looking);
  if (!grid.shows(looking) && (tries += 1) < TRIES) {
    requestAnimationFrame(settle);
    return;
  }
  tries = 0;
  settled = true;
  refresh();
}

settle();
