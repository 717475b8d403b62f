// Settings of channels. What is changed here goes to channels.toml in the data folder; the owner's own file stays.

import { t } from "../i18n.js";
import { ask, Refusal } from "./api.js";
import { el } from "./dom.js";

/**
 * One field: where it stands in the table ("house.fit"), and what it takes. `from` names the list of choices.
 * @typedef {{key: string, kind: "text" | "number" | "lines" | "choice", from?: string, step?: string}} Field
 */

/** @type {Field[]} */
const FIELDS = [
  { key: "number", kind: "number" },
  { key: "name", kind: "text" },
  { key: "folders", kind: "lines" },
  { key: "generator", kind: "choice", from: "generator" },
  { key: "order", kind: "choice", from: "order" },
  { key: "house.fit", kind: "choice", from: "fit" },
  { key: "house.loudness", kind: "number", step: "0.5" },
  { key: "ffmpeg.video_filter", kind: "text" },
];

/** @type {HTMLElement} */
let forms;
/** What the server said last, as text: the forms are only drawn anew when it changed, never under somebody's hands. */
let drawn = "";

export const channels = {
  every: 10_000,

  /** @param {HTMLElement} section */
  open(section) {
    forms = el("div.cards");
    section.append(
      el("p.quiet-line", {}, t("admin.channels_explained")),
      forms,
      el("p", {}, el("button.pill", { type: "button", onclick: add }, t("admin.add_channel"))),
    );
  },

  async look() {
    show(await ask("/api/admin/channels"));
  },
};

/** @param {any} answer */
function show(answer) {
  const text = JSON.stringify(answer);
  if (text === drawn || forms.contains(document.activeElement)) return;
  drawn = text;
  choices = answer.choices;
  forms.replaceChildren(...answer.channels.map(form));
}

/** @type {Record<string, string[]>} */
let choices = {};

function add() {
  const numbers = [...forms.querySelectorAll('[name="number"]')].map((input) => Number(/** @type {any} */ (input).value));
  let number = 1;
  while (numbers.includes(number)) number += 1;
  const values = { number, name: "", folders: [], generator: "", order: "shuffle", house: { fit: "pad", loudness: -18 }, ffmpeg: { video_filter: "" } };
  const made = form({ slug: "", version: "", handwritten: false, own: {}, values });
  forms.append(made);
  made.querySelector('[name="name"]').focus();
}

/** @param {{slug: string, version: string, handwritten: boolean, own: Record<string, any>, values: Record<string, any>}} channel */
function form(channel) {
  const said = el("p.said", { role: "status" });
  const changed = Object.keys(channel.own).some((key) => key !== "slug");
  const undo = channel.slug && changed ? el("button.pill.quiet", { type: "button", onclick: () => send("DELETE") }, t(channel.handwritten ? "admin.undo_changes" : "admin.remove_channel")) : null;
  const made = el(
    "form.panel.card",
    {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        send("PUT");
      },
    },
    el("header", {}, el("h3", {}, channel.values.name || t("admin.new_channel")), channel.slug ? el("code", {}, channel.slug) : null, changed ? el("span.badge.now", {}, t("admin.changed_here")) : null),
    FIELDS.map((field) => line(field, channel)),
    said,
    el("footer", {}, el("button.pill", {}, t("admin.save")), undo),
  );

  /** @param {"PUT" | "DELETE"} method */
  async function send(method) {
    for (const input of made.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    const table = written(made, channel);
    const slug = channel.slug || slugOf(String(table.name ?? ""));
    try {
      // Not over what another window has written meanwhile, and a new channel over none there is.
      const headers = channel.slug ? { "If-Match": `"${channel.version}"` } : { "If-None-Match": "*" };
      const answer = await ask(`/api/admin/channels/${slug}`, method === "PUT" ? { method, body: table, headers } : { method });
      said.textContent = t("admin.saved");
      /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
      show(answer);
    } catch (error) {
      const faults = error instanceof Refusal ? error.faults : [];
      said.textContent = faults.length ? faults.map(({ key, what }) => `${key}: ${what}`).join("\n") : String(/** @type {Error} */ (error).message);
      for (const { key } of faults) made.querySelector(`[name="${CSS.escape(key.replace(/\[.*/, ""))}"]`)?.setAttribute("aria-invalid", "true");
    }
  }
  return made;
}

/** @param {Field} field @param {any} channel */
function line({ key, kind, from, step }, channel) {
  const id = `${channel.slug || "new"}-${key}`;
  const value = at(channel.values, key);
  const common = { id, name: key };
  const input = {
    text: () => el("input.field", { ...common, value: value ?? "" }),
    number: () => el("input.field", { ...common, type: "number", step: step ?? "1", value: value ?? "" }),
    lines: () => el("textarea.field", { ...common, rows: Math.max(1, value?.length ?? 0), value: (value ?? []).join("\n") }),
    choice: () =>
      el(
        "select.field",
        common,
        key === "generator" ? el("option", { value: "" }, t("admin.no_generator")) : null,
        (choices[from ?? ""] ?? []).map((choice) => el("option", { value: choice, selected: choice === value }, choice)),
      ),
  }[kind]();
  return el("p.line", {}, el("label", { for: id }, t(`admin.set.${key}`)), input);
}

/**
 * The keys to write: what was changed here before, and what differs from what is in use now.
 * @param {HTMLFormElement} made @param {any} channel
 */
function written(made, channel) {
  /** @type {Record<string, any>} */
  const table = structuredClone(channel.own);
  delete table.slug;
  for (const { key, kind } of FIELDS) {
    const raw = /** @type {any} */ (made.elements.namedItem(key)).value;
    const value = kind === "number" ? Number(raw) : kind === "lines" ? raw.split("\n").map((/** @type {string} */ one) => one.trim()).filter(Boolean) : raw.trim();
    const before = at(channel.values, key);
    if (channel.slug && JSON.stringify(value) === JSON.stringify(before ?? (kind === "lines" ? [] : ""))) continue;
    if (!channel.slug && (value === "" || (Array.isArray(value) && !value.length))) continue;
    const [outer, inner] = key.split(".");
    if (inner) (table[outer] ??= {})[inner] = value;
    else table[outer] = value;
  }
  // One takes the place of the other.
  if (table.generator) delete table.folders;
  else if (table.folders?.length) delete table.generator;
  return table;
}

/** @param {Record<string, any>} values @param {string} key */
function at(values, key) {
  return key.split(".").reduce((inner, name) => inner?.[name], /** @type {any} */ (values));
}

/** @param {string} name */
function slugOf(name) {
  return name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "channel";
}
