// Wires what is laid over the picture (screen.js) to the set.

import { $, Screen } from "./screen.js";

const NOTICES = {
  good: "",
  starting: "Warming up …",
  poor: "Reception is poor. Trying again …",
  offline: "No connection. Trying again …",
  fault: "This channel is off the air. It will be back by itself.",
  "catching-up": "Catching up …",
};

/** @param {import("./television.js").Television} tv */
export function attach(tv) {
  const screen = new Screen();
  /** @param {string} type @param {(detail: any) => void} act */
  const on = (type, act) => tv.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));

  const rows = () => screen.rows(tv.channels.all, tv.current?.slug ?? "", (each) => tv.channels.at(each, tv.channels.now()), tv.channels.now());
  const banner = () => tv.current && screen.banner(tv.current, tv.channels.at(tv.current, tv.time()), tv.time());
  on("tune", ({ channel }) => {
    screen.corner(String(channel.number), channel.name);
    screen.wake();
    banner();
    rows();
  });
  on("tick", () => {
    banner();
    rows();
    screen.time(tv.channels.now());
  });
  on("dial", ({ digits, done, found }) => {
    if (!done) screen.corner(digits && `${digits}–`);
    else if (!found) screen.corner(digits, "nothing here");
  });
  on("reception", ({ state }) => screen.notice(NOTICES[/** @type {keyof typeof NOTICES} */ (state)]));
  on("sound", ({ volume, muted, refused }) => {
    screen.sound(muted || refused, volume);
    $("sound-offer").hidden = !refused;
  });
  screen.sound(tv.sound.muted, tv.sound.volume);
  commands(tv, screen);
  pointers(tv, screen);
}

/** @param {import("./television.js").Television} tv @param {Screen} screen */
function commands({ commands }, screen) {
  commands.set("info", () => (screen.awake ? screen.rest() : screen.wake(15_000)));
  commands.set("tap", () => (screen.awake ? screen.rest() : screen.wake()));
  commands.set("list", () => screen.list(!screen.listOpen));
  commands.set("help", () => $("help").showModal());
  commands.set("close", () => {
    const open = screen.listOpen;
    if (open) screen.list(false);
    return open;
  });
}

/** @param {import("./television.js").Television} tv @param {Screen} screen */
function pointers(tv, screen) {
  addEventListener("pointermove", (event) => event.pointerType === "mouse" && screen.wake());
  addEventListener("focusin", () => screen.wake());
  $("screen").addEventListener("dblclick", (/** @type {Event} */ event) => event.target === tv.video && tv.command("full"));
  $("screen").addEventListener("click", () => screen.listOpen && screen.list(false));
  for (const name of ["up", "down", "mute", "full"]) $(name).onclick = () => tv.command(name);
  $("help-open").onclick = () => tv.command("help");
  $("volume").oninput = () => tv.command("volume", Number($("volume").value) / 100);
  $("list-close").onclick = () => screen.list(false);
  $("list-toggle").onclick = (/** @type {Event} */ event) => {
    event.stopPropagation();
    tv.command("list");
  };
  $("channels").addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    tv.tune(link.dataset.slug ?? "", "list", event.timeStamp);
    screen.list(false);
  });
  $("channels").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...$("channels").querySelectorAll("a")];
    if (!by) return;
    event.preventDefault();
    links[(links.indexOf(/** @type {any} */ (document.activeElement)) + by + links.length) % links.length].focus();
  });
}
