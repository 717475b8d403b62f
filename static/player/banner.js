// What is on now and next, and the buttons: up when somebody moves, down again by itself.

import { clock, t } from "../i18n.js";
import { $, detail, fill, left, part, say } from "./dom.js";
import { miniature } from "./miniature.js";

const BANNER = 5_000;

/** @param {any} tv */
export function attach(tv) {
  const { body } = document;
  let timer = 0;

  /** @param {number} [time] */
  function wake(time = BANNER) {
    clearTimeout(timer);
    body.classList.add("awake");
    timer = setTimeout(rest, time);
  }

  function rest() {
    const used = document.activeElement?.closest(".banner") && document.activeElement.matches(":focus-visible");
    if (used || body.dataset.panel || $("help").open) return wake();
    clearTimeout(timer);
    body.classList.remove("awake");
  }

  function draw() {
    const channel = tv.current;
    if (!channel) return;
    const time = tv.time();
    const { now, next } = tv.channels.at(channel, time);
    say("banner-number", String(channel.number));
    say("banner-name", channel.name);
    say("banner-title", now?.title || channel.name);
    say("banner-detail", [detail(now), now?.description].filter(Boolean).join(" · "));
    say("banner-next", next ? t("player.next", { time: clock(next.start), title: next.title }) : "");
    miniature($("banner-art"), now?.art ?? "");
    const over = now ? part(now, time) : 0;
    say("banner-start", now ? clock(now.start) : "");
    say("banner-left", now ? left(Date.parse(now.stop) - time) : "");
    fill($("banner-progress"), over);
    $("banner-progress").setAttribute("aria-valuenow", String(Math.round(over * 100)));
    body.classList.toggle("unknown", !now);
  }

  for (const event of ["tune", "programme", "tick", "picture"]) tv.addEventListener(event, draw);
  tv.addEventListener("tune", () => wake());
  tv.addEventListener("active", () => wake());
  tv.addEventListener("idle", rest);
  addEventListener("pointermove", (event) => event.pointerType === "mouse" && wake());
  addEventListener("focusin", () => wake());
  tv.commands.set("tap", () => (body.classList.contains("awake") ? rest() : wake()));
  $("screen").addEventListener("dblclick", (/** @type {Event} */ event) => event.target === tv.video && tv.command("full"));

  for (const button of document.querySelectorAll("[data-command]")) {
    const command = /** @type {HTMLElement} */ (button).dataset.command;
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (command) tv.command(command);
    });
  }

  sound(tv.sound.muted, tv.sound.volume);
  $("volume").oninput = () => tv.sound.set(Number($("volume").value) / 100);
  tv.addEventListener("sound", (/** @type {CustomEvent} */ { detail: { volume, muted } }) => sound(muted, volume));
}

/** @param {boolean} muted @param {number} volume 0 to 1 */
function sound(muted, volume) {
  const silent = muted || volume === 0;
  const use = $("mute").querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, silent ? "#muted" : "#sound"));
  $("mute").setAttribute("aria-pressed", String(muted));
  const percent = muted ? 0 : Math.round(volume * 100);
  if (Number($("volume").value) !== percent) $("volume").value = String(percent);
  $("volume").setAttribute("aria-valuetext", `${percent} %`);
  fill($("volume"), percent / 100);
}
