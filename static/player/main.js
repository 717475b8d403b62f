// Puts the set together and switches it on. Each feature is a module of its own that is attached to the set.

import { attach as gestures } from "./gestures.js";
import { attach as keys } from "./keys.js";
import { attach as overlays } from "./overlays.js";
import { Television } from "./television.js";

const { tuned = "" } = document.body.dataset;
const channels = [...document.querySelectorAll("#channels a")].map((link) => {
  const { slug = "", number, name = "", state = "standby" } = /** @type {HTMLElement} */ (link).dataset;
  return { slug, number: Number(number), name, hls: `/hls/${slug}/master.m3u8`, state, fault: "", now: null, next: null };
});
const tv = new Television(/** @type {HTMLElement} */ (document.getElementById("pictures")), channels, tuned);
for (const attach of [overlays, keys, gestures]) attach(tv);
tv.begin();
