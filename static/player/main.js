// Puts the set together and switches it on. Each feature is a module of its own that is attached to the set.

import { attach as banner } from "./banner.js";
import { attach as corner } from "./corner.js";
import { attach as gestures } from "./gestures.js";
import { attach as guide } from "./guide.js";
import { attach as info } from "./info.js";
import { attach as keys } from "./keys.js";
import { attach as list } from "./list.js";
import { attach as notice } from "./notice.js";
import { attach as panels } from "./panels.js";
import { attach as phone } from "./phone.js";
import { attach as room } from "./room.js";
import { attach as setup } from "./setup.js";
import { attach as sleepcard } from "./sleepcard.js";
import { attach as snow } from "./snow.js";
import { Television } from "./television.js";

const { tuned = "" } = document.body.dataset;
const channels = [...document.querySelectorAll("#channels a")].map((link) => {
  const { slug = "", number, name = "", state = "standby" } = /** @type {HTMLElement} */ (link).dataset;
  return { slug, number: Number(number), name, hls: `/hls/${slug}/master.m3u8`, state, fault: "", now: null, next: null };
});
const tv = new Television(/** @type {HTMLElement} */ (document.getElementById("pictures")), channels, tuned);
const view = [room, snow, corner, notice, banner, panels, list, guide, info, setup, sleepcard, phone];
for (const attach of [...view, keys, gestures]) attach(tv);
tv.begin();
