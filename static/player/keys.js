// Keys of the remote control, on a keyboard. Each is a command of the set; what nobody answers to does nothing.

const DIAL = 1_300;

/** @type {Record<string, string>} */
const KEYS = {
  ArrowUp: "up",
  PageUp: "up",
  ChannelUp: "up",
  ArrowDown: "down",
  PageDown: "down",
  ChannelDown: "down",
  Backspace: "last",
  "+": "louder",
  "=": "louder",
  "-": "quieter",
  m: "mute",
  f: "full",
  p: "pip",
  s: "sleep",
  g: "guide",
  i: "info",
  l: "list",
  c: "chat",
  n: "night",
  o: "settings",
  q: "quality",
  t: "subtitles",
  "?": "help",
};
/** Those that go on while the key is held. */
const HELD = new Set(["up", "down", "louder", "quieter"]);
const TIMED = new Set(["up", "down", "last"]);

/** @param {import("./television.js").Television} tv */
export function attach(tv) {
  let digits = "";
  let timer = 0;

  const dialled = () => {
    clearTimeout(timer);
    const complete = digits;
    digits = "";
    if (complete) tv.dial(complete, true);
  };
  const longest = () => Math.max(1, ...tv.channels.all.map(({ number }) => String(number).length));

  /** @param {string} digit */
  const digit = (digit) => {
    clearTimeout(timer);
    digits += digit;
    tv.dial(digits, false);
    if (digits.length >= longest()) dialled();
    else timer = setTimeout(dialled, DIAL);
  };
  tv.commands.set("digit", (one) => /^[0-9]$/.test(one) && digit(one));

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (tv.command("close")) event.preventDefault();
      return;
    }
    if (event.key === "Enter" && digits) {
      event.preventDefault();
      dialled();
      return;
    }
    if (/^[0-9]$/.test(event.key)) {
      event.preventDefault();
      digit(event.key);
      return;
    }
    if (event.key === "Backspace" && digits) {
      clearTimeout(timer);
      digits = "";
      tv.dial("", false);
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const name = KEYS[key];
    if (!name || (event.repeat && !HELD.has(name))) return;
    if (key.startsWith("Arrow") && within(event.target, ".list, input, [role=grid], [role=menu], [role=listbox]")) return;
    if (!tv.commands.has(name)) return;
    event.preventDefault();
    tv.command(name, TIMED.has(name) ? event.timeStamp : undefined);
  });
}

/** @param {EventTarget | null} target */
function typing(target) {
  return within(target, "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

/** @param {EventTarget | null} target @param {string} selector */
function within(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}
