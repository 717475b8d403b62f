// The controls of the subtitles: a button that turns them on and off, a list of languages, a key; remembered.

import { t } from "../i18n.js";
import { $ } from "./dom.js";
import { recall, remember } from "./memory.js";
import { base } from "./subtitles.js";

/** @typedef {import("./subtitles.js").Subtitles} Subtitles */

/** @param {any} tv */
export function attach(tv) {
  const menu = new Menu((text) => tv.tell("osd", { text }));
  // Every receiver has its own; those of the picture on screen are the ones that show.
  tv.addEventListener("picture", () => menu.show(tv.tuner.active.subtitles));
  menu.show(tv.tuner.active.subtitles);
  tv.commands.set("subtitles", () => menu.next());
}

class Menu {
  /** @param {(text: string) => void} say shows what was chosen by key */
  constructor(say) {
    this.say = say;
    /** Of the picture on screen. @type {Subtitles | null} */
    this.subtitles = null;
    this.draw = this.draw.bind(this);
    $("subtitles").onclick = () => this.choose(this.subtitles?.chosen ? "" : this.#preferred());
    $("subtitles-language").onchange = () => {
      this.choose($("subtitles-language").value);
      // Keys are the remote control's again.
      $("subtitles-language").blur();
    };
  }

  /** Control `subtitles` from now on, and give them what was chosen; those before show nothing more. @param {Subtitles} subtitles */
  show(subtitles) {
    if (subtitles !== this.subtitles) {
      for (const event of ["choices", "chosen"]) {
        this.subtitles?.removeEventListener(event, this.draw);
        subtitles.addEventListener(event, this.draw);
      }
      this.subtitles?.choose("");
      this.subtitles = subtitles;
    }
    subtitles.choose(recall("subtitles") ?? "");
    this.draw();
  }

  /** @param {string} id of a choice, "" for none */
  choose(id) {
    if (id) remember("subtitles-language", id);
    remember("subtitles", id);
    this.subtitles?.choose(id);
  }

  /** Choose the next language; off comes behind the last. */
  next() {
    const { subtitles } = this;
    const ids = ["", ...(subtitles?.choices ?? []).map(({ id }) => id)];
    if (ids.length === 1) return this.say(t("player.subtitles_none"));
    this.choose(ids[(ids.indexOf(subtitles?.chosen?.id ?? "") + 1) % ids.length]);
    this.say(subtitles?.chosen?.name ?? t("player.subtitles_off"));
  }

  /** What the button turns on: the last language, else the viewer's own, else the first. */
  #preferred() {
    const choices = this.subtitles?.choices ?? [];
    const ids = choices.filter(({ forced }) => !forced).map(({ id }) => id);
    for (const code of [recall("subtitles-language") ?? "", ...navigator.languages]) {
      const found = ids.find((id) => id === code) ?? ids.find((id) => base(id) === base(code));
      if (found) return found;
    }
    return choices[0]?.id ?? "";
  }

  draw() {
    const { choices = [], chosen = null } = this.subtitles ?? {};
    const [button, list] = [$("subtitles"), $("subtitles-language")];
    button.hidden = list.hidden = !choices.length;
    button.setAttribute("aria-pressed", String(Boolean(chosen)));
    const there = [...list.options].slice(1).map((option) => `${option.value} ${option.text}`);
    if (there.join("\n") !== choices.map(({ id, name }) => `${id} ${name}`).join("\n")) {
      const options = choices.map(({ id, name, language }) => {
        const option = new Option(name, id);
        if (language) option.lang = language;
        return option;
      });
      list.replaceChildren(list.options[0], ...options);
    }
    list.value = chosen?.id ?? "";
  }
}
