// What a tube shows between two channels. A few pictures of noise are made once; showing one is a single copy.

import { preferences } from "./preferences.js";

const FRAMES = 6;
/** ms a picture stays: livelier would only cost more, and is no kinder to the eyes. */
const PACE = 48;
/** ms after which snow fades: without a picture for longer there is a calm line instead. */
const ENOUGH = 2_600;

/** @param {any} tv */
export function attach(tv) {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("snow"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const context = canvas.getContext("2d", { alpha: false });
  /** @type {HTMLCanvasElement[]} */
  let frames = [];
  let timer = 0;
  let shown = 0;
  let enough = 0;

  function fall() {
    if (!context) return;
    const { width, height } = canvas;
    // One by one: made all at once they would hold up what the snow is there to bridge.
    if (frames.length < FRAMES) frames.push(noise(width, height));
    const frame = frames[(shown += 1 + Math.floor(Math.random() * (FRAMES - 1))) % frames.length];
    // The same few pictures, mirrored at random, never look the same twice.
    const [x, y] = [Math.random() < 0.5 ? -1 : 1, Math.random() < 0.5 ? -1 : 1];
    context.setTransform(x, 0, 0, y, x < 0 ? width : 0, y < 0 ? height : 0);
    context.drawImage(frame, 0, 0);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    canvas.classList.remove("falling");
  }

  tv.addEventListener("tune", () => {
    if (!preferences.on("snow") || calm.matches || document.hidden) return;
    canvas.classList.add("falling");
    fall();
    if (!timer) timer = setInterval(fall, PACE);
    clearTimeout(enough);
    enough = setTimeout(stop, ENOUGH);
  });
  tv.addEventListener("picture", stop);
}

/** @param {number} width @param {number} height */
function noise(width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  const grains = new Uint32Array(image.data.buffer);
  for (let y = 0, at = 0; y < height; y += 1) {
    // Lines differ in brightness, and grains are longer than they are high: the beam moves sideways.
    const line = 0.75 + 0.25 * Math.random();
    let value = 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      value = 0.3 * value + 0.7 * Math.random() ** 1.5 * 255 * line;
      const grey = value | 0;
      grains[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
