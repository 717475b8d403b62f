// What the set itself writes on the picture: the channel's number, digits being dialled, how loud it is.

import { t } from "../i18n.js";
import { $, fill, say } from "./dom.js";

const CORNER = 2_600;
const LOUDNESS = 1_600;

/** @param {any} tv */
export function attach(tv) {
  let corner = 0;
  let loudness = 0;
  let heard = -1;

  /** @param {string} number @param {string} [name] */
  function show(number, name = "") {
    clearTimeout(corner);
    $("corner-number").textContent = number;
    $("corner-name").textContent = name;
    $("corner").hidden = !number;
    if (number) corner = setTimeout(() => ($("corner").hidden = true), CORNER);
  }

  tv.addEventListener("tune", (/** @type {CustomEvent} */ { detail: { channel } }) => {
    show(String(channel.number), channel.name);
    say("said", t("player.channel_said", { number: channel.number, name: channel.name }));
  });
  tv.addEventListener("dial", (/** @type {CustomEvent} */ { detail: { digits, done, found } }) => {
    if (!done) show(digits && `${digits}-`);
    else if (!found) {
      show(digits, t("player.nothing_here"));
      say("said", `${digits}: ${t("player.nothing_here")}`);
    }
  });
  tv.addEventListener("sound", (/** @type {CustomEvent} */ { detail: { volume, muted } }) => {
    const now = muted ? 0 : volume;
    const first = heard < 0;
    if (now === heard) return;
    heard = now;
    // The slider shows it as well, when that is there to be seen.
    if (first || document.body.classList.contains("awake")) return;
    clearTimeout(loudness);
    const use = $("loudness").querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, now ? "#sound" : "#muted"));
    fill($("loudness").querySelector(".loudness-bar"), now);
    $("loudness").hidden = false;
    loudness = setTimeout(() => ($("loudness").hidden = true), LOUDNESS);
  });
}
