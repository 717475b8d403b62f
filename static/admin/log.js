// The log as it is written: the newest at the bottom, narrowed by level, channel and words.

import { t } from "../i18n.js";
import { ask, query } from "./api.js";
import { $, el } from "./dom.js";

const KEPT = 1_000;
const LEVELS = ["debug", "info", "warning", "error"];

/** @type {HTMLElement} */
let lines;
/** @type {Record<"level" | "channel" | "q", any>} */
let fields;
let newest = 0;

export const log = {
  every: 2_000,

  /** @param {HTMLElement} section */
  open(section) {
    fields = {
      level: el("select.field", {}, LEVELS.map((level) => el("option", { value: level, selected: level === "info" }, level))),
      channel: el("select.field", {}, el("option", { value: "" }, t("admin.any_channel"))),
      q: el("input.field", { id: "log-words", type: "search", placeholder: t("admin.search") }),
    };
    lines = el("ol.log", { role: "log", "aria-label": t("admin.log"), tabindex: 0 });
    section.append(
      el(
        "form.filter",
        { onsubmit: (/** @type {Event} */ event) => event.preventDefault(), oninput: again },
        el("label", {}, t("admin.level"), fields.level),
        el("label", {}, t("admin.channel"), fields.channel),
        el("label.unseen", { for: "log-words" }, t("admin.search")),
        fields.q,
      ),
      lines,
    );
  },

  async look() {
    if (fields.channel.options.length === 1) {
      for (const { slug, name } of await ask("/api/channels")) fields.channel.append(el("option", { value: slug }, name));
    }
    const asked = query({ after: newest, level: fields.level.value, channel: fields.channel.value, q: fields.q.value });
    const answer = await ask(`/api/admin/log${asked}`);
    // A smaller number than ours: tvd was started again.
    if (answer.newest < newest) {
      newest = 0;
      lines.replaceChildren();
      return;
    }
    newest = answer.newest;
    const follow = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
    lines.append(...answer.lines.map(written));
    while (lines.childElementCount > KEPT) lines.firstElementChild?.remove();
    if (follow) lines.scrollTop = lines.scrollHeight;
  },
};

function again() {
  newest = 0;
  lines.replaceChildren();
  document.dispatchEvent(new Event("admin:look"));
}

/** @param {{timestamp: string, level: string, event: string, channel: string, fields: Record<string, unknown>}} line */
function written({ timestamp, level, event, channel, fields: rest }) {
  const { component, exception, ...told } = rest;
  const said = Object.entries(told).map(([key, value]) => el("span.pair", {}, el("i", {}, key), "=", plain(value)));
  return el(
    `li.${level}`,
    {},
    el("time", {}, timestamp.slice(11, 23).replace("Z", "")),
    el("b", {}, level),
    el("span.event", {}, event),
    channel ? el("span.where", {}, channel) : null,
    ...said,
    exception ? el("pre", {}, plain(exception)) : null,
  );
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
