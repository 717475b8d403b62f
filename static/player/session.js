// What the system around the page knows of it: media keys and lock screen, and that the screen stays on.

/** @param {import("./television.js").Television} tv */
export function attach(tv) {
  if ("mediaSession" in navigator) media(tv, navigator.mediaSession);
  if ("wakeLock" in navigator) awake(tv);
}

/** @param {import("./television.js").Television} tv @param {MediaSession} session */
function media(tv, session) {
  tv.addEventListener("programme", (event) => {
    const { channel, now } = /** @type {CustomEvent} */ (event).detail;
    session.metadata = new MediaMetadata({
      title: now?.title || channel.name,
      artist: now?.artist || channel.name,
      album: channel.name,
      artwork: artwork(now),
    });
  });
  tv.addEventListener("picture", () => (session.playbackState = "playing"));
  tv.addEventListener("sleep", () => tv.sleep.asleep && (session.playbackState = "none"));
  /** @type {[string, () => void][]} */
  const actions = [
    ["nexttrack", () => tv.press("up")],
    ["previoustrack", () => tv.press("down")],
    // Television does not pause: it goes on without sound.
    ["pause", () => tv.sound.mute(true)],
    ["play", () => (tv.sleep.asleep ? tv.sleep.off() : (tv.sound.mute(false), tv.sound.play(tv.video)))],
    ["stop", () => tv.command("sleep", 0)],
  ];
  for (const [action, act] of actions) {
    try {
      session.setActionHandler(/** @type {MediaSessionAction} */ (action), act);
    } catch {
      // An action this browser has no key for.
    }
  }
}

/** @param {import("./channels.js").Programme | null} now */
function artwork(now) {
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"))?.href;
  const picture = now?.poster || now?.art || icon;
  return picture ? [{ src: new URL(picture, location.href).href }] : [];
}

/** @param {import("./television.js").Television} tv */
function awake(tv) {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  const hold = async () => {
    if (document.hidden || tv.sleep.asleep || (lock && !lock.released)) return;
    // Refused when the battery is low: then the screen may go dark.
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  };
  tv.addEventListener("picture", hold);
  document.addEventListener("visibilitychange", hold);
  tv.addEventListener("sleep", () => tv.sleep.asleep && lock?.release());
}
