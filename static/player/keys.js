// Keys of the remote control, on a keyboard.

const DIAL = 1_300;

/**
 * @typedef {object} Remote
 * @property {(by: number) => void} zap
 * @property {(digits: string, done: boolean) => void} dial called with each digit, and once more when the number is complete
 * @property {() => number} longest digits of the longest channel number
 * @property {() => void} last
 * @property {() => void} mute
 * @property {(by: number) => void} louder percent
 * @property {() => void} full
 * @property {() => void} info
 * @property {() => void} list
 * @property {() => void} help
 * @property {() => void} subtitles
 * @property {() => boolean} close whether there was something to close
 */

/** @param {Remote} remote */
export function listen(remote) {
  let digits = "";
  let timer = 0;

  const dialled = () => {
    clearTimeout(timer);
    const complete = digits;
    digits = "";
    if (complete) remote.dial(complete, true);
  };

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => remote.zap(1),
    PageUp: () => remote.zap(1),
    ArrowDown: () => remote.zap(-1),
    PageDown: () => remote.zap(-1),
    Backspace: () => (digits ? ((digits = ""), remote.dial("", false)) : remote.last()),
    m: remote.mute,
    "+": () => remote.louder(5),
    "=": () => remote.louder(5),
    "-": () => remote.louder(-5),
    f: remote.full,
    i: remote.info,
    l: remote.list,
    v: remote.subtitles,
    "?": remote.help,
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (remote.close()) event.preventDefault();
      return;
    }
    if (event.key === "Enter" && digits) {
      event.preventDefault();
      dialled();
      return;
    }
    if (/^[0-9]$/.test(event.key)) {
      event.preventDefault();
      clearTimeout(timer);
      digits += event.key;
      remote.dial(digits, false);
      if (digits.length >= remote.longest()) dialled();
      else timer = setTimeout(dialled, DIAL);
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = keys[key];
    if (!action || (event.repeat && !["ArrowUp", "ArrowDown", "PageUp", "PageDown", "+", "=", "-"].includes(key))) return;
    if (key.startsWith("Arrow") && within(event.target, ".list, input")) return;
    event.preventDefault();
    action();
  });
}

/** @param {EventTarget | null} target */
function typing(target) {
  return within(target, "input:not([type=range]), textarea, select, [contenteditable]");
}

/** @param {EventTarget | null} target @param {string} selector */
function within(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}
