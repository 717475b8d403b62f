// The owner's page: five views, one of them open and asking the server while somebody looks.

import { t } from "../i18n.js";
import { ask } from "./api.js";
import { channels } from "./channels.js";
import { $, length, size } from "./dom.js";
import { library } from "./library.js";
import { log } from "./log.js";
import { onair } from "./onair.js";
import { schedule } from "./schedule.js";

/**
 * A view draws into its section. `look` asks and draws; it is called when the view opens and every `every` ms.
 * @typedef {{every: number, open: (section: HTMLElement) => void, look: () => Promise<void>}} View
 */

/** @type {Record<string, View>} */
const views = { onair, schedule, library, channels, log };
const names = Object.keys(views);
const opened = new Set();
let current = "";
let timer = 0;

/** @param {string} name @param {boolean} [focus] */
function show(name, focus = false) {
  current = name;
  for (const each of names) {
    const tab = $(`tab-${each}`);
    const chosen = each === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(`view-${each}`).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  if (!opened.has(name)) {
    opened.add(name);
    views[name].open($(`view-${name}`));
  }
  history.replaceState(null, "", `#${name}`);
  look();
}

/** Ask now and then every so often; not at all while nobody looks. */
async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  const view = views[current];
  try {
    await Promise.all([view.look(), usage()]);
    $("trouble").hidden = true;
  } catch (error) {
    $("trouble").textContent = t("admin.unreachable", { why: /** @type {Error} */ (error).message });
    $("trouble").hidden = false;
  }
  clearTimeout(timer);
  timer = setTimeout(look, view.every);
}

async function usage() {
  const used = await ask("/api/admin/resources");
  $("usage").textContent = t("admin.usage", {
    cpu: Math.round(used.cpu * 100),
    memory: size(used.memory),
    assets: size(used.assets),
    free: size(used.disk_free),
    uptime: length(used.uptime),
  });
}

for (const name of names) $(`tab-${name}`).onclick = () => show(name);
document.querySelector(".tabs")?.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[/** @type {KeyboardEvent} */ (event).key];
  if (!by) return;
  event.preventDefault();
  show(names[(names.indexOf(current) + by + names.length) % names.length], true);
});
addEventListener("hashchange", () => names.includes(location.hash.slice(1)) && show(location.hash.slice(1)));
document.addEventListener("visibilitychange", look);
document.addEventListener("admin:look", look);

show(names.includes(location.hash.slice(1)) ? location.hash.slice(1) : names[0]);
