// What runs first: the set with nothing attached yet begins to load what is to be seen, while the rest of it still comes.

import { arrive } from "./links.js";
import { Television } from "./television.js";

const { tuned = "" } = document.body.dataset;
const channels = [...document.querySelectorAll("#channels a")].map((link) => {
  const { slug = "", number, name = "", state = "standby" } = /** @type {HTMLElement} */ (link).dataset;
  return { slug, number: Number(number), name, hls: `/hls/${slug}/master.m3u8`, state, fault: "", now: null, next: null };
});
export const tv = new Television(/** @type {HTMLElement} */ (document.getElementById("pictures")), channels, tuned);
arrive(tv);
/** Settles when its picture is there, or keeps whoever watches waiting: what is attached before would hold it up. */
export const seen = tv.foresee();
