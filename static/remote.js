// The page that turns a phone into a remote control: sends what is pressed, shows what is on.

import { t } from "./i18n.js";
import { recall, remember } from "./player/memory.js";

const BACKOFF = [500, 2_000, 5_000];
/** ms after which a key that is held goes on by itself, and then how often. */
const HOLD = 450;
const REPEAT = 180;
const REPEATS = new Set(["louder", "quieter", "up", "down", "key"]);

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);

/** @type {WebSocket | null} */
let socket = null;
let attempt = 0;
let here = true;

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/remote/socket`);
  socket.onopen = () => {
    attempt = 0;
    const token = recall("phone");
    if (token) send({ type: "phone", token });
    else show(false);
  };
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = () => {
    state(t("remote.connecting"));
    setTimeout(connect, BACKOFF[Math.min(attempt, BACKOFF.length - 1)]);
    attempt += 1;
  };
}

/** @param {object} message */
function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** @param {any} message */
function hear(message) {
  if (message.type === "paired") {
    remember("phone", message.token);
    show(true);
  } else if (message.type === "unknown") {
    remember("phone", "");
    show(false);
  } else if (message.type === "wrong" || message.type === "slow_down") {
    $("fault").textContent = t(`remote.${message.type}`);
    $("code").select();
  } else if (message.type === "here") {
    here = message.here;
    state("");
  } else if (message.type === "state") {
    $("number").textContent = String(message.number);
    $("name").textContent = message.name;
    $("title").textContent = message.title;
  }
}

/** @param {boolean} paired */
function show(paired) {
  $("keys").hidden = !paired;
  $("pair").hidden = paired;
  $("fault").textContent = "";
  if (!paired) $("code").focus();
}

/** @param {string} text */
function state(text) {
  $("state").textContent = text || (here ? "" : t("remote.away"));
}

/** @param {HTMLElement} key */
function press(key) {
  const { press: name, arg } = key.dataset;
  send({ type: "command", name, arg: arg ?? null });
  navigator.vibrate?.(8);
}

let held = 0;
for (const key of document.querySelectorAll("[data-press]")) {
  const button = /** @type {HTMLElement} */ (key);
  const release = () => clearInterval(held);
  button.addEventListener("pointerdown", () => {
    if (!REPEATS.has(button.dataset.press ?? "")) return;
    clearInterval(held);
    let waited = 0;
    held = setInterval(() => (waited += REPEAT) >= HOLD && press(button), REPEAT);
  });
  for (const event of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(event, release);
  button.addEventListener("click", () => press(button));
}
$("pair").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  send({ type: "pair", code: $("code").value.replaceAll(" ", "") });
});
$("forget").onclick = () => send({ type: "forget" });
document.addEventListener("visibilitychange", () => document.hidden && clearInterval(held));

connect();
