// The television set: puts tuner, channels, screen and remote control together.

import { Channels } from "./channels.js";
import { listen } from "./keys.js";
import { recall, remember } from "./memory.js";
import { $, Screen } from "./screen.js";
import { Subtitles } from "./subtitles.js";
import { SubtitlesMenu } from "./subtitles-menu.js";
import { touch } from "./touch.js";
import { Tuner } from "./tuner.js";

/** ms between two zaps below which the set waits for the finger to rest before it tunes. */
const HURRY = 350;

const video = /** @type {HTMLVideoElement} */ ($("picture"));
const screen = new Screen();
const channels = new Channels(
  [...document.querySelectorAll("#channels a")].map((link) => {
    const { slug = "", number, name = "" } = /** @type {HTMLElement} */ (link).dataset;
    const hls = `/hls/${slug}/master.m3u8`;
    return { slug, number: Number(number), name, hls, state: "on_air", fault: "", now: null, next: null };
  }),
);
const tuner = new Tuner(video, document.body.dataset.worker ?? "");

const subtitles = new Subtitles(video);
tuner.engine = (hls) => subtitles.follow(hls);
const subtitlesMenu = new SubtitlesMenu((text) => screen.corner("CC", text));

let current = "";
let previous = "";
let zappedAt = 0;
let zapping = 0;
/** Muted by the browser's rules, not by whoever watches. */
let forced = false;

/** @param {import("./channels.js").Channel | undefined} channel @param {{quiet?: boolean}} [how] */
function tune(channel, { quiet = false } = {}) {
  if (!channel) return;
  if (channel.slug === current && !quiet) {
    screen.corner(String(channel.number), channel.name);
    screen.wake();
    return;
  }
  if (current) previous = current;
  current = channel.slug;
  remember("channel", current);
  history.replaceState(null, "", `/watch/${current}`);
  document.title = `${channel.number} ${channel.name} · ${document.body.dataset.title}`;
  document.body.classList.add("tuning");
  screen.notice("");
  screen.corner(String(channel.number), channel.name);
  screen.wake();
  draw();
  announce(channel);
  clearTimeout(zapping);
  const hurried = performance.now() - zappedAt < HURRY;
  zappedAt = performance.now();
  if (hurried) zapping = setTimeout(() => tuner.tune(channel), HURRY / 2);
  else tuner.tune(channel);
}

function draw() {
  const channel = channels.find(current);
  if (!channel) return;
  const time = tuner.screenTime() ?? channels.now();
  screen.banner(channel, channels.at(channel, time), time);
  screen.rows(channels.all, current, (each) => channels.at(each, channels.now()), channels.now());
  screen.time(channels.now());
}

/** @param {import("./channels.js").Channel} channel */
function announce(channel) {
  if (!("mediaSession" in navigator)) return;
  const { now } = channels.at(channel, channels.now());
  navigator.mediaSession.metadata = new MediaMetadata({ title: now?.title || channel.name, artist: channel.name });
}

function unforce() {
  if (!forced) return;
  forced = false;
  $("sound-offer").hidden = true;
  video.muted = recall("muted") === "true";
}

function mute(muted = !video.muted) {
  forced = false;
  $("sound-offer").hidden = true;
  video.muted = muted;
  remember("muted", muted);
}

/** @param {number} volume 0 to 1 */
function loudness(volume) {
  video.volume = Math.min(1, Math.max(0, volume));
  remember("volume", video.volume);
  if (video.muted && volume > 0) mute(false);
}

const remote = {
  /** @param {number} by */
  zap: (by) => tune(channels.neighbour(current, by)),
  /** @param {string} digits @param {boolean} done */
  dial: (digits, done) => {
    if (!done) return screen.corner(digits && `${digits}–`);
    const channel = channels.all.find(({ number }) => number === Number(digits));
    if (channel) tune(channel);
    else screen.corner(digits, "nothing here");
  },
  longest: () => Math.max(1, ...channels.all.map(({ number }) => String(number).length)),
  last: () => tune(channels.find(previous)),
  mute: () => (mute(), screen.wake()),
  /** @param {number} by */
  louder: (by) => (loudness(video.volume + by / 100), screen.wake()),
  full,
  info: () => (screen.awake ? screen.rest() : screen.wake(15_000)),
  list: () => screen.list(!screen.listOpen),
  help: () => $("help").showModal(),
  subtitles: () => (subtitlesMenu.next(), screen.wake()),
  close: () => {
    const open = screen.listOpen;
    if (open) screen.list(false);
    return open;
  },
};

async function full() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) await document.documentElement.requestFullscreen();
    else /** @type {any} */ (video).webkitEnterFullscreen?.();
  } catch {
    // Not allowed here (an embedded page, an old telephone): the picture stays as it is.
  }
}

function wire() {
  listen(remote);
  touch($("screen"), { zap: remote.zap, tap: () => (screen.awake ? screen.rest() : screen.wake()) });
  addEventListener("pointermove", (event) => event.pointerType === "mouse" && screen.wake());
  addEventListener("focusin", () => screen.wake());
  $("screen").addEventListener("dblclick", (/** @type {Event} */ event) => event.target === video && full());
  $("screen").addEventListener("click", () => screen.listOpen && screen.list(false));
  for (const event of ["pointerup", "keydown"]) addEventListener(event, unforce);

  $("up").onclick = () => remote.zap(1);
  $("down").onclick = () => remote.zap(-1);
  $("mute").onclick = () => mute();
  $("volume").oninput = () => loudness(Number($("volume").value) / 100);
  $("full").onclick = full;
  $("help-open").onclick = remote.help;
  $("list-close").onclick = () => screen.list(false);
  $("list-toggle").onclick = (/** @type {Event} */ event) => {
    event.stopPropagation();
    remote.list();
  };
  $("channels").addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    tune(channels.find(link.dataset.slug ?? ""));
    screen.list(false);
  });
  $("channels").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...$("channels").querySelectorAll("a")];
    if (!by) return;
    event.preventDefault();
    rows[(rows.indexOf(/** @type {any} */ (document.activeElement)) + by + rows.length) % rows.length].focus();
  });

  video.addEventListener("volumechange", () => screen.sound(video.muted, video.volume));
  tuner.addEventListener("playing", () => document.body.classList.remove("tuning"));
  tuner.addEventListener("good", () => screen.notice(""));
  tuner.addEventListener("poor", () => screen.notice(channels.find(current)?.fault ? "This channel is off the air. It will be back by itself." : "Reception is poor. Trying again …"));
  tuner.addEventListener("refused", () => {
    forced = true;
    $("sound-offer").hidden = false;
  });
  channels.addEventListener("change", () => {
    if (!channels.find(current)) tune(channels.all[0]);
    draw();
  });
  if ("mediaSession" in navigator) {
    navigator.mediaSession.setActionHandler("nexttrack", () => remote.zap(1));
    navigator.mediaSession.setActionHandler("previoustrack", () => remote.zap(-1));
  }
  setInterval(draw, 1_000);
}

function begin() {
  video.volume = Math.min(1, Math.max(0, Number(recall("volume") ?? 0.8) || 0));
  video.muted = recall("muted") === "true";
  screen.sound(video.muted, video.volume);
  wire();
  subtitlesMenu.show(subtitles);
  const wanted = document.body.dataset.tuned || recall("channel") || "";
  tune(channels.find(wanted) ?? channels.all[0]);
  channels.refresh();
}

begin();
