// A phone as the remote control of this screen: the screen shows a code, the phone sends it, the server passes commands on.

import { t } from "../i18n.js";
import { $, say } from "./dom.js";
import { recall, remember } from "./memory.js";

const BACKOFF = [1_000, 3_000, 10_000, 30_000];
/** What a phone may press that is no command: it walks through lists and the guide. */
const KEYS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Enter"]);

/** @param {any} tv */
export function attach(tv) {
  /** @type {WebSocket | null} */
  let socket = null;
  let attempt = 0;
  let retry = 0;
  let phones = 0;
  let told = "";

  /** @param {boolean} pair whether a code is wanted */
  function connect(pair) {
    clearTimeout(retry);
    if (socket) return pair && socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ type: "code" }));
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/remote/socket`);
    socket.onopen = () => {
      attempt = 0;
      socket?.send(JSON.stringify({ type: "screen", token: recall("screen") ?? "" }));
      if (pair) socket?.send(JSON.stringify({ type: "code" }));
    };
    socket.onmessage = ({ data }) => hear(JSON.parse(data));
    socket.onclose = () => {
      socket = null;
      code("");
      if (!recall("screen")) return;
      retry = setTimeout(() => connect(false), BACKOFF[Math.min(attempt, BACKOFF.length - 1)]);
      attempt += 1;
    };
  }

  /** @param {any} message */
  function hear(message) {
    if (message.type === "screen") remember("screen", message.token);
    else if (message.type === "code") code(message.code);
    else if (message.type === "phones") {
      if (message.n > phones) code("");
      phones = message.n;
      told = "";
      state();
      draw();
    } else if (message.type === "command") obey(message.name, message.arg);
  }

  /** @param {string} name @param {string | number | null} arg */
  function obey(name, arg) {
    if (name !== "key" || tv.sleep.asleep) return tv.press(name, arg ?? undefined);
    if (!KEYS.has(String(arg))) return;
    const target = document.activeElement ?? document.body;
    if (arg === "Enter" && target instanceof HTMLAnchorElement) return target.click();
    target.dispatchEvent(new KeyboardEvent("keydown", { key: String(arg), bubbles: true, cancelable: true }));
  }

  /** Tell the phones what is on, whenever that changes. */
  function state() {
    if (socket?.readyState !== WebSocket.OPEN || !phones || !tv.current) return;
    const { now } = tv.channels.at(tv.current, tv.time());
    const { number, name } = tv.current;
    const { volume, muted } = tv.sound;
    const text = JSON.stringify({ type: "state", number, name: name.slice(0, 80), title: (now?.title ?? "").slice(0, 200), volume, muted });
    if (text !== told) socket.send((told = text));
  }

  /** @param {string} digits */
  function code(digits) {
    $("set-phone-code").hidden = !digits;
    say("set-phone-code", digits.replace(/(...)/, "$1 "));
  }

  function draw() {
    say("set-phone-state", phones ? t("player.phone_paired") : "");
    $("set-phone-forget").hidden = !phones;
  }

  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  say("set-phone-address", here ? t("player.phone_address", { port: location.port || "80" }) : `${location.host}/remote`);
  $("set-phone-pair").onclick = () => connect(true);
  $("set-phone-forget").onclick = () => socket?.send(JSON.stringify({ type: "forget" }));
  for (const event of ["tune", "programme", "sound"]) tv.addEventListener(event, state);
  if (recall("screen")) connect(false);
}
