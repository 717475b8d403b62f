// Swipes and taps on the picture.

const SWIPE = 48;
const QUICK = 700;

/**
 * @param {HTMLElement} surface
 * @param {{zap: (by: number) => void, tap: () => void}} on swipe up: next channel, swipe down: the one before
 */
export function touch(surface, on) {
  /** @type {{x: number, y: number, at: number} | null} */
  let began = null;
  surface.addEventListener("touchstart", (event) => {
    const [finger] = event.touches;
    const alone = event.touches.length === 1 && !(/** @type {Element} */ (event.target).closest("button, input"));
    began = alone ? { x: finger.clientX, y: finger.clientY, at: event.timeStamp } : null;
  }, { passive: true });
  surface.addEventListener("touchend", (event) => {
    if (!began) return;
    const [finger] = event.changedTouches;
    const [dx, dy] = [finger.clientX - began.x, finger.clientY - began.y];
    const quick = event.timeStamp - began.at < QUICK;
    began = null;
    if (!quick) return;
    if (Math.abs(dy) > SWIPE && Math.abs(dy) > 1.5 * Math.abs(dx)) on.zap(dy < 0 ? 1 : -1);
    else if (Math.abs(dx) > SWIPE && Math.abs(dx) > 1.5 * Math.abs(dy)) on.zap(dx < 0 ? 1 : -1);
    else if (Math.hypot(dx, dy) < 12) on.tap();
  }, { passive: true });
}
