// What is on every channel, how its process is, and what the normaliser is making.

import { clock, count, t } from "../i18n.js";
import { ask } from "./api.js";
import { el, keep, length } from "./dom.js";

/** @type {HTMLElement} */
let cards;
/** @type {HTMLElement} */
let jobs;
/** @type {HTMLElement} */
let idle;

export const onair = {
  every: 2_000,

  /** @param {HTMLElement} section */
  open(section) {
    cards = el("div.cards");
    jobs = el("tbody");
    idle = el("p.quiet-line", {}, t("admin.nothing_to_make"));
    const head = ["programme", "state", "progress", "speed", "airs"].map((name) => el("th", { scope: "col" }, t(`admin.job.${name}`)));
    section.append(
      cards,
      el("h2", {}, t("admin.normaliser")),
      idle,
      el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, head)), jobs)),
    );
  },

  async look() {
    const [status, channels] = await Promise.all([ask("/api/status"), ask("/api/channels")]);
    const known = new Map(channels.map((/** @type {any} */ channel) => [channel.slug, channel]));
    keep(cards, status.channels, (one) => one.slug, card, (element, one) => fill(element, one, known.get(one.slug)));
    const queue = status.normaliser.jobs;
    idle.hidden = queue.length > 0;
    /** @type {HTMLElement} */ (jobs.closest(".scroll")).hidden = queue.length === 0;
    keep(jobs, queue.slice(0, 50), (job) => `${job.source} ${job.air_ns} ${job.sound_only}`, () => el("tr"), row);
  },
};

/** @param {any} one */
function card(one) {
  return el(
    "article.panel.card",
    {},
    el("header", {}, el("span.number", {}, one.number), el("h3", {}, one.name), el("span.badge")),
    el("p.now"),
    el("div.track"),
    el("p.next"),
    el("dl.facts"),
    el("details", {}, el("summary", {}, t("admin.ffmpeg_said")), el("pre")),
  );
}

/** @param {HTMLElement} element @param {any} one of /api/status @param {any} channel of /api/channels */
function fill(element, one, channel) {
  const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (element.querySelector(selector));
  const badge = part(".badge");
  badge.className = `badge ${{ on_air: "good", fault: "bad" }[/** @type {string} */ (one.state)] ?? ""}`;
  badge.textContent = t(`admin.state.${one.state}`);
  part("h3").textContent = one.name;
  const { now, next } = channel ?? {};
  part(".now").textContent = one.fault || (now ? said(now) : t("admin.nothing_on"));
  part(".next").textContent = next ? t("admin.next", { time: clock(next.start), title: said(next) }) : "";
  const begin = Date.parse(now?.start ?? "");
  const done = now ? (Date.now() - begin) / (Date.parse(now.stop) - begin) : 0;
  part(".track").style.setProperty("--part", String(Math.min(1, Math.max(0, done))));
  const facts = [
    ["viewers", one.viewers],
    ["lead", count("admin.segments", one.lead)],
    ["pid", one.pid ?? "–"],
    ["up", length(one.uptime)],
    ["restarts", one.restarts],
    ["airs", one.feeding ? t(`admin.kind.${one.feeding.kind}`) : "–"],
  ];
  part(".facts").replaceChildren(
    ...facts.map(([name, value]) => el("div", {}, el("dt", {}, t(`admin.fact.${name}`)), el("dd", {}, String(value)))),
  );
  const lines = [one.last_error, ...(one.ffmpeg ?? [])].filter(Boolean);
  part("details").hidden = lines.length === 0;
  part("pre").textContent = lines.join("\n");
}

/** @param {any} programme */
function said(programme) {
  return programme.series ? `${programme.series}: ${programme.title}` : programme.title;
}

/** @param {HTMLElement} element @param {any} job */
function row(element, job) {
  const track = el("div.track");
  track.style.setProperty("--part", String(job.progress));
  element.replaceChildren(
    el("td", {}, job.title || job.source, job.reason ? el("small.why", {}, job.reason) : null),
    el("td", {}, t(`admin.job_state.${job.state}`), job.sound_only ? ` (${t("admin.sound_only")})` : ""),
    el("td.wide", {}, track),
    el("td", {}, job.speed ? `${job.speed.toFixed(1)}×` : "–"),
    el("td", {}, job.air_ns ? clock(job.air_ns / 1e6) : "–"),
  );
}
