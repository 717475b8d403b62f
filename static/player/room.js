// The room around the picture: the look of a tube, night by itself, the shape of the screen.

import { preferences, isNight } from "./preferences.js";

const EVERY = 30_000;

/** @param {any} tv */
export function attach(tv) {
  const { body } = document;
  const cabinet = /** @type {HTMLElement} */ (document.getElementById("cabinet"));
  let night = false;

  function dress() {
    body.classList.toggle("crt", preferences.on("crt"));
    body.classList.toggle("osd-amber", preferences.get("osd") === "amber");
    const wish = preferences.get("night");
    const now = wish === "auto" ? isNight(preferences.get("nightFrom"), preferences.get("nightTo"), new Date()) : wish === "on";
    body.classList.toggle("night", now);
    if (now === night) return;
    night = now;
    tv.sound?.night?.(now);
    tv.dispatchEvent(new CustomEvent("night", { detail: { night } }));
  }

  tv.commands.set("night", () => preferences.set("night", body.classList.contains("night") ? "off" : "on"));
  tv.commands.set("crt", () => preferences.toggle("crt"));
  preferences.addEventListener("change", dress);
  setInterval(dress, EVERY);
  dress();

  // Tube, snow and warmth lie exactly over the picture, whatever its shape.
  tv.addEventListener("picture", (/** @type {CustomEvent} */ { detail: { video } }) => {
    if (video?.videoWidth) cabinet.style.setProperty("--aspect", String(video.videoWidth / video.videoHeight));
  });
}
