// What tvd knows of the folders: every source, those with trouble first, and why one was refused.

import { count, t } from "../i18n.js";
import { ask, query } from "./api.js";
import { el, keep, length, size } from "./dom.js";
import { button, request } from "./schedule.js";

const PAGE = 100;
const STATES = ["ready", "waiting", "refused", "missing"];

/** @type {Record<string, any>} */
let parts;
let offset = 0;

export const library = {
  every: 10_000,

  /** @param {HTMLElement} section */
  open(section) {
    parts = {
      state: el("select.field", {}, el("option", { value: "" }, t("admin.any_state")), STATES.map((state) => el("option", { value: state }, t(`admin.source.${state}`)))),
      channel: el("select.field", {}, el("option", { value: "" }, t("admin.any_channel"))),
      q: el("input.field", { id: "library-words", type: "search", placeholder: t("admin.search") }),
      folders: el("ul.folders"),
      rows: el("tbody"),
      found: el("p.quiet-line", { role: "status" }),
      back: el("button.pill.quiet", { type: "button", onclick: () => turn(-PAGE) }, t("admin.back")),
      more: el("button.pill.quiet", { type: "button", onclick: () => turn(PAGE) }, t("admin.more")),
    };
    const heads = ["title", "state", "length", "size", "channels", "file", "do"].map((name) => el("th", { scope: "col" }, t(name === "do" ? "admin.do" : `admin.source_${name}`)));
    section.append(
      parts.folders,
      el(
        "form.filter",
        { onsubmit: (/** @type {Event} */ event) => event.preventDefault(), oninput: () => turn(-offset) },
        el("label.unseen", { for: "library-words" }, t("admin.search")),
        parts.q,
        el("label", {}, t("admin.source_state"), parts.state),
        el("label", {}, t("admin.channel"), parts.channel),
      ),
      parts.found,
      el("div.scroll", {}, el("table", {}, el("thead", {}, el("tr", {}, heads)), parts.rows)),
      el("p.turn", {}, parts.back, parts.more),
    );
  },

  async look() {
    if (parts.channel.options.length === 1) {
      for (const { slug, name } of await ask("/api/channels")) parts.channel.append(el("option", { value: slug }, name));
    }
    const asked = query({ q: parts.q.value, state: parts.state.value, channel: parts.channel.value, offset, limit: PAGE });
    const page = await ask(`/api/admin/library${asked}`);
    parts.found.textContent = count("admin.sources", page.total);
    parts.back.disabled = offset === 0;
    parts.more.disabled = offset + PAGE >= page.total;
    keep(parts.folders, page.folders, (folder) => folder.path, () => el("li"), (element, folder) => {
      element.replaceChildren(
        el("code", {}, folder.path),
        " ",
        folder.trouble ? el("span.badge.bad", {}, folder.trouble) : el("small", {}, count("admin.sources", folder.sources)),
      );
    });
    const cells = () => [el("td"), el("td.figure"), el("td.figure"), el("td.figure"), el("td"), el("td.path"), el("td.actions")];
    keep(parts.rows, page.sources, (source) => `${source.id} ${source.folder} ${source.path}`, () => el("tr", {}, cells()), row);
  },
};

/** @param {number} by */
function turn(by) {
  offset = Math.max(0, offset + by);
  document.dispatchEvent(new Event("admin:look"));
}

/** @param {HTMLElement} element @param {any} source */
function row(element, source) {
  const badge = { ready: "good", refused: "bad", missing: "bad" }[/** @type {string} */ (source.state)] ?? "";
  const [title, state, long, big, channels, path, actions] = /** @type {any} */ (element.children);
  title.replaceChildren(source.title, ...(source.reason ? [el("small.why", {}, source.reason)] : []));
  state.replaceChildren(el("span", { className: `badge ${badge}` }, t(`admin.source.${source.state}`)), source.prepared ? ` ${t("admin.prepared")}` : "");
  long.textContent = source.duration ? length(source.duration) : "–";
  big.textContent = source.size ? size(source.size) : "–";
  channels.textContent = source.channels.join(", ");
  path.textContent = source.path;
  // On the channel that is looked at, else on the first that has it.
  const on = parts.channel.value || source.channels[0];
  if (actions.dataset.on === on && actions.dataset.state === source.state) return;
  Object.assign(actions.dataset, { on, state: source.state });
  actions.replaceChildren(...(source.state === "ready" ? [button("play_next", () => told(request(on, "next", source.id))), button("play_now", () => told(request(on, "now", source.id)))] : []));
}

/** @param {Promise<string>} answer */
async function told(answer) {
  parts.found.textContent = await answer;
  return parts.found.textContent;
}
