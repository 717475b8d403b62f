// One panel at a time over the picture: list, guide, info, settings. Escape, or the same key again, closes it.

import { $ } from "./dom.js";

/** Which element a panel is, which button opens it, and what is focused in it. */
const PANELS = {
  list: { element: "list", button: "list-toggle", first: "#channels [aria-current], #channels a" },
  guide: { element: "guide", button: "guide-toggle", first: "[tabindex='0']" },
  info: { element: "info", button: "info-toggle", first: "#info-description" },
  settings: { element: "setup", button: "setup-toggle", first: "button, input, select" },
};

/** @typedef {keyof typeof PANELS} Panel */

/** @param {any} tv */
export function attach(tv) {
  const { body } = document;
  /** @type {Element | null} */
  let opener = null;
  const keeps = matchMedia("(orientation: portrait) and (width <= 700px)");

  /** @param {Panel} name @param {boolean} open */
  function show(name, open) {
    const { element, button } = PANELS[name];
    $(button)?.setAttribute("aria-expanded", String(open));
    $(element).inert = !open && !(name === "list" && keeps.matches);
    $(element).classList.toggle("open", open);
    // Drawers slide, and are hidden by the style sheet once they have; the others come and go.
    if (!$(element).classList.contains("drawer")) $(element).hidden = !open;
  }

  function close() {
    const name = /** @type {Panel | undefined} */ (body.dataset.panel || undefined);
    if (!name) return false;
    const inside = $(PANELS[name].element).contains(document.activeElement);
    delete body.dataset.panel;
    show(name, false);
    if (inside && opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    else if (inside && document.activeElement instanceof HTMLElement) document.activeElement.blur();
    tv.dispatchEvent(new CustomEvent("panel", { detail: { name: "" } }));
    return true;
  }

  /** @param {Panel} name */
  function open(name) {
    close();
    opener = document.activeElement;
    body.dataset.panel = name;
    show(name, true);
    tv.dispatchEvent(new CustomEvent("panel", { detail: { name } }));
    const first = $(PANELS[name].element).querySelector(PANELS[name].first);
    first?.scrollIntoView({ block: "nearest" });
    first?.focus({ preventScroll: true });
  }

  for (const name of /** @type {Panel[]} */ (Object.keys(PANELS))) {
    tv.commands.set(name, () => (body.dataset.panel === name ? close() : open(name)));
    show(name, false);
  }
  keeps.addEventListener("change", () => body.dataset.panel !== "list" && show("list", false));
  tv.commands.set("close", close);
  tv.commands.set("help", () => $("help").showModal());
  $("screen").addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (event.target instanceof Element && !event.target.closest("button, a, input, .panel")) close();
  });
  $("help").addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === $("help") && $("help").close());
}
