// The one audio context of the page, made when it is first needed and not before the browser allows it to sound.

/** @type {AudioContext | null} */
let made = null;

/** @returns {AudioContext | null} null until somebody has touched the page: it would be made silent */
export function context() {
  if (!made) {
    if (!("AudioContext" in window) || navigator.userActivation?.hasBeenActive === false) return null;
    made = new AudioContext({ latencyHint: "interactive" });
  }
  if (made.state === "suspended") made.resume().catch(() => {});
  return made;
}
