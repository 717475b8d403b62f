// The end of an evening: the picture shrinks to a dot, and a card says good night until somebody touches something.

import { clock } from "../i18n.js";
import { $, say } from "./dom.js";

/** @param {any} tv */
export function attach(tv) {
  /** @type {Element | null} */
  let before = null;
  let slept = false;

  tv.addEventListener("sleep", (/** @type {CustomEvent} */ { detail: { state } }) => {
    const asleep = state === "asleep";
    if (asleep === slept) return;
    slept = asleep;
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
