// One calm line when something is not as it should be, and the offer of sound where the browser wants to be asked.

import { t } from "../i18n.js";
import { $, say } from "./dom.js";

const QUIET = new Set(["good", "starting"]);

/** @param {any} tv */
export function attach(tv) {
  tv.addEventListener("reception", (/** @type {CustomEvent} */ { detail: { state } }) => {
    say("notice", QUIET.has(state) ? "" : t(`player.reception_${state.replace("-", "_")}`));
  });
  tv.addEventListener("sound", (/** @type {CustomEvent} */ { detail: { refused } }) => {
    $("sound-offer").hidden = !refused;
  });
  $("sound-offer").onclick = () => tv.sound.accept();
}
