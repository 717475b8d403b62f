// The settings panel: what a viewer likes, the sleep timer, and what the engine can do in this browser.

import { speak, t } from "../i18n.js";
import { $, left, make, say } from "./dom.js";
import { preferences } from "./preferences.js";

/** @param {any} tv */
export function attach(tv) {
  const panel = $("setup");

  // Likes ------------------------------------------------------------------------------------------------------------
  /** @type {NodeListOf<any>} */
  const fields = panel.querySelectorAll("[data-preference]");
  function show() {
    for (const field of fields) {
      const { preference } = field.dataset;
      if (field.type === "checkbox") field.checked = preferences.on(preference);
      else field.value = preferences.get(preference);
    }
    const auto = preferences.get("night") === "auto";
    for (const name of ["set-nightFrom", "set-nightTo"]) $(name).disabled = !auto;
  }
  for (const field of fields) {
    field.addEventListener("change", () => {
      const value = field.type === "checkbox" ? (field.checked ? "on" : "off") : field.value;
      if (value) preferences.set(field.dataset.preference, value);
    });
  }
  preferences.addEventListener("change", show);
  show();

  $("set-language").onchange = () => {
    speak($("set-language").value);
    location.reload();
  };

  // Sleep ------------------------------------------------------------------------------------------------------------
  /** @type {string} */
  let sleep = "off";
  for (const button of panel.querySelectorAll("[data-sleep]")) {
    button.addEventListener("click", () => {
      sleep = /** @type {HTMLElement} */ (button).dataset.sleep ?? "off";
      tv.command("sleep", sleep === "off" || sleep === "programme" ? sleep : Number(sleep));
    });
  }
  function drawSleep() {
    const remaining = tv.sleep?.left() ?? null;
    if (remaining === null) sleep = "off";
    for (const button of panel.querySelectorAll("[data-sleep]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.sleep === sleep));
    }
    say("set-sleep-left", remaining === null ? "" : left(remaining));
  }
  tv.addEventListener("sleep", drawSleep);
  tv.addEventListener("tick", () => document.body.dataset.panel === "settings" && drawSleep());
  tv.commands.set("sleep-menu", () => {
    if (document.body.dataset.panel !== "settings") tv.command("settings");
    $("setup").querySelector("[data-sleep]").focus();
  });

  // What the engine offers -------------------------------------------------------------------------------------------
  /** @param {string} id @param {{value: number, text: string}[]} options @param {number} current @param {(value: number) => void} choose */
  function menu(id, options, current, choose) {
    const select = $(id);
    select.closest(".setup-row").hidden = options.length < 2;
    const wanted = options.map(({ value, text }) => `${value} ${text}`).join();
    if (select.dataset.has !== wanted) {
      select.dataset.has = wanted;
      select.replaceChildren(...options.map(({ value, text }) => Object.assign(make("option", "", text), { value: String(value) })));
    }
    select.value = String(current);
    select.onchange = () => choose(Number(select.value));
  }
  function quality() {
    const levels = tv.quality?.levels() ?? [];
    const named = levels.map((/** @type {any} */ { index, label }) => ({ value: index, text: label }));
    // One size only leaves nothing to choose.
    const options = levels.length > 1 ? [{ value: -1, text: t("player.automatic") }, ...named] : [];
    menu("set-quality", options, tv.quality?.current ?? -1, (index) => tv.quality.choose(index));
  }
  /** @param {any[]} subtitles @param {number} current */
  function tracks(subtitles, current) {
    const named = subtitles.map(({ index, name, lang }) => ({ value: index, text: name || lang }));
    const options = named.length ? [{ value: -1, text: t("player.off") }, ...named] : [];
    menu("set-subtitles", options, current, (index) => tv.command("subtitles", index));
  }
  for (const name of ["quality", "subtitles"]) {
    tv.commands.set(name, (/** @type {number | undefined} */ index) => {
      if (index !== undefined) return name === "quality" ? tv.quality?.choose(index) : tv.subtitles?.choose(index);
      const select = $(`set-${name}`);
      if (document.body.dataset.panel !== "settings") tv.command("settings");
      if (!select.closest(".setup-row").hidden) select.focus();
    });
  }
  tv.addEventListener("quality", quality);
  tv.addEventListener("tracks", (/** @type {CustomEvent} */ { detail: { subtitles, current } }) => tracks(subtitles, current));
  quality();
  tracks([], -1);

  const hiss = panel.querySelector("[data-engine=hiss]");
  hiss.onchange = () => (tv.sound.hiss = hiss.checked);
  const telemetry = panel.querySelector("[data-engine=telemetry]");
  telemetry.onchange = () => (tv.telemetry.on = telemetry.checked);
  const can = () => {
    hiss.checked = Boolean(tv.sound?.hiss);
    telemetry.checked = Boolean(tv.telemetry?.on);
    $("set-pip").hidden = !tv.windows?.can?.pip;
    $("set-cast").hidden = !tv.windows?.can?.cast;
  };
  $("set-pip").onclick = () => tv.command("pip");
  $("set-cast").onclick = () => tv.command("cast");
  tv.addEventListener("windows", can);
  tv.addEventListener("panel", () => (can(), quality(), drawSleep()));
}
