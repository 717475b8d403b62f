// What airs on one channel in the next hours, and what to do about it: leave out, skip, bring forward.

import { clock, t } from "../i18n.js";
import { ask } from "./api.js";
import { el, keep, length } from "./dom.js";

/** @type {any} */
let channel;
/** @type {HTMLElement} */
let rows;
/** @type {HTMLElement} */
let said;

export const schedule = {
  every: 5_000,

  /** @param {HTMLElement} section */
  open(section) {
    channel = el("select.field", { oninput: () => document.dispatchEvent(new Event("admin:look")) });
    rows = el("tbody");
    said = el("p.quiet-line", { role: "status" }, t("admin.requests_explained"));
    const heads = ["airs", "what", "source_length", "kind", "do"].map((name) => el("th", { scope: "col" }, t(`admin.${name}`)));
    section.append(
      el("form.filter", { onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, el("label", {}, t("admin.channel"), channel)),
      said,
      el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, heads)), rows)),
    );
  },

  async look() {
    if (!channel.options.length) {
      for (const { slug, name, number } of await ask("/api/channels")) channel.append(el("option", { value: slug }, `${number} ${name}`));
    }
    if (!channel.value) return;
    const items = await ask(`/api/channels/${channel.value}/schedule`);
    keep(rows, items, (item) => item.id, () => el("tr", {}, el("td.figure"), el("td"), el("td.figure"), el("td"), el("td.actions")), row);
  },
};

/** @param {HTMLElement} element @param {any} item */
function row(element, item) {
  const now = Date.parse(item.start) <= Date.now() && Date.now() < Date.parse(item.stop);
  const [airs, what, long, kind, actions] = /** @type {any} */ (element.children);
  element.className = now ? "is-now" : "";
  airs.textContent = now ? t("admin.now") : clock(item.start);
  what.textContent = item.subtitle ? `${item.title}: ${item.subtitle}` : item.title;
  long.textContent = length((Date.parse(item.stop) - Date.parse(item.start)) / 1000);
  kind.textContent = t(`admin.kind.${item.kind}`);
  const state = `${now} ${item.kind}`;
  if (actions.dataset.state === state) return;
  actions.dataset.state = state;
  const own = item.kind === "programme" || item.kind === "rerun";
  actions.replaceChildren(
    ...(now ? [button("skip", () => request(channel.value, "skip"))] : []),
    ...(own && !now ? [button("remove_today", () => request(channel.value, "remove", item.source))] : []),
    ...(own && !now ? [button("play_now", () => request(channel.value, "now", item.source))] : []),
  );
}

/** @param {string} name @param {() => Promise<string>} act */
export function button(name, act) {
  const made = el("button.pill.quiet.small", { type: "button" }, t(`admin.${name}`));
  made.onclick = async () => {
    made.disabled = true;
    const answer = await act();
    if (said) said.textContent = answer;
    made.disabled = false;
    document.dispatchEvent(new Event("admin:look"));
  };
  return made;
}

/**
 * Ask something of a channel; it holds from the first segment that was not fed yet.
 * @param {string} slug @param {"next" | "now" | "skip" | "remove"} action @param {string} [source]
 * @returns {Promise<string>} what came of it, in words
 */
export async function request(slug, action, source) {
  try {
    await ask(`/api/channels/${slug}/requests`, { method: "POST", body: source === undefined ? { action } : { action, source } });
    return t("admin.done");
  } catch (error) {
    return String(/** @type {Error} */ (error).message);
  }
}
