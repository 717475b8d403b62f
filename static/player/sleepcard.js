// The end of an evening: the picture shrinks to a dot, and a card says good night until somebody touches something.

import { clock } from "../i18n.js";
import { $, say } from "./dom.js";

/** @param {any} tv */
export function attach(tv) {
  /** @type {Element | null} */
  let before = null;

  tv.addEventListener("sleep", (/** @type {CustomEvent} */ { detail: { state } }) => {
    const asleep = state === "asleep";
    document.body.classList.toggle("fading", state === "fading");
    if (asleep === document.body.classList.contains("asleep")) return;
    document.body.classList.toggle("asleep", asleep);
    $("set").inert = asleep;
    $("goodnight").hidden = !asleep;
    if (asleep) {
      before = document.activeElement;
      tv.command("close");
      say("goodnight-time", clock(tv.channels.now()));
      $("goodnight-wake").focus();
    } else if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  });
  tv.addEventListener("tick", () => $("goodnight").hidden || say("goodnight-time", clock(tv.channels.now())));
  $("goodnight-wake").onclick = () => tv.sleep.off();
}
