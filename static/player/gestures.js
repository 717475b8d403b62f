// Fingers and the wheel on the picture: swipe or roll to change the channel, tap to see what is on.

const SWIPE = 48;
const QUICK = 700;
/** Pixels of rolling that make one step; a notch of most wheels is 100 or 120. */
const NOTCH = 80;
/** ms after a step during which the same roll (or a touch pad's inertia) makes no other. */
const ROLLED = 300;
const PAUSE = 150;

/** @param {import("./television.js").Television} tv */
export function attach(tv) {
  const surface = /** @type {HTMLElement} */ (document.getElementById("screen"));
  fingers(surface, tv);
  wheel(surface, tv);
}

/** @param {HTMLElement} surface @param {import("./television.js").Television} tv */
function fingers(surface, tv) {
  /** @type {{x: number, y: number, at: number} | null} */
  let began = null;
  surface.addEventListener("touchstart", (event) => {
    const [finger] = event.touches;
    const alone = event.touches.length === 1 && !taken(event.target);
    began = alone ? { x: finger.clientX, y: finger.clientY, at: event.timeStamp } : null;
  }, { passive: true });
  surface.addEventListener("touchend", (event) => {
    if (!began) return;
    const [finger] = event.changedTouches;
    const [dx, dy] = [finger.clientX - began.x, finger.clientY - began.y];
    const quick = event.timeStamp - began.at < QUICK;
    began = null;
    if (!quick) return;
    const up = Math.abs(dy) > Math.abs(dx) ? dy < 0 : dx < 0;
    const [long, short] = [Math.max(Math.abs(dx), Math.abs(dy)), Math.min(Math.abs(dx), Math.abs(dy))];
    if (long > SWIPE && long > 1.5 * short) tv.command(up ? "up" : "down", event.timeStamp);
    else if (Math.hypot(dx, dy) < 12) tv.command("tap");
  }, { passive: true });
}

/** @param {HTMLElement} surface @param {import("./television.js").Television} tv */
function wheel(surface, tv) {
  let rolled = 0;
  let steppedAt = -Infinity;
  let lastAt = -Infinity;
  surface.addEventListener("wheel", (event) => {
    if (event.ctrlKey || taken(event.target)) return;
    const now = event.timeStamp;
    if (now - lastAt > PAUSE) rolled = 0;
    lastAt = now;
    // Lines and pages are notches of their own.
    rolled += event.deltaMode === 0 ? event.deltaY : Math.sign(event.deltaY) * NOTCH;
    if (Math.abs(rolled) < NOTCH || now - steppedAt < ROLLED) return;
    steppedAt = now;
    tv.command(rolled < 0 ? "up" : "down", now);
    rolled = 0;
  }, { passive: true });
}

/** @param {EventTarget | null} target whether it is something that is touched for itself */
function taken(target) {
  return target instanceof Element && target.closest("button, input, a, [role=dialog], [role=grid], .list, .panel") !== null;
}
