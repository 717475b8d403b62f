// What airs on one channel today and tomorrow.

import { clock, t } from "../i18n.js";
import { ask } from "./api.js";
import { el, keep, length } from "./dom.js";

/** @type {any} */
let channel;
/** @type {HTMLElement} */
let rows;

export const schedule = {
  every: 5_000,

  /** @param {HTMLElement} section */
  open(section) {
    channel = el("select.field", { id: "schedule-channel", oninput: () => document.dispatchEvent(new Event("admin:look")) });
    rows = el("tbody");
    const heads = ["airs", "what", "source_length", "kind"].map((name) => el("th", { scope: "col" }, t(`admin.${name}`)));
    section.append(
      el("form.filter", { onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, el("label", { for: "schedule-channel" }, t("admin.channel")), channel),
      el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, heads)), rows)),
    );
  },

  async look() {
    if (!channel.options.length) {
      for (const { slug, name, number } of await ask("/api/channels")) channel.append(el("option", { value: slug }, `${number} ${name}`));
    }
    if (!channel.value) return;
    const items = await ask(`/api/channels/${channel.value}/schedule`);
    keep(rows, items, (item) => item.id, () => el("tr"), (element, item) => {
      const now = Date.parse(item.start) <= Date.now() && Date.now() < Date.parse(item.stop);
      element.className = now ? "is-now" : "";
      element.replaceChildren(
        el("td.figure", {}, now ? t("admin.now") : clock(item.start)),
        el("td", {}, item.series ? `${item.series}: ${item.title}` : item.title),
        el("td.figure", {}, length((Date.parse(item.stop) - Date.parse(item.start)) / 1000)),
        el("td", {}, t(`admin.kind.${item.kind}`)),
      );
    });
  },
};
