// What a tube shows between two channels. A few pictures of noise are made once and lie on each other; one is shown at a time.
// Drawn anew each time, every picture would be another one to the browser, and kept in its cache of decoded ones.

import { preferences } from "./preferences.js";

const FRAMES = 6;
const WIDTH = 480;
const HEIGHT = 270;
/** ms a picture stays: livelier would only cost more, and is no kinder to the eyes. */
const PACE = 48;
/** ms after which snow fades: without a picture for longer there is a calm line instead. */
const ENOUGH = 2_600;

/** @param {any} tv */
export function attach(tv) {
  const snow = /** @type {HTMLElement} */ (document.getElementById("snow"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {HTMLCanvasElement[]} */
  const frames = [];
  let timer = 0;
  let shown = 0;
  let enough = 0;

  function fall() {
    frames[shown]?.classList.remove("shown");
    // One by one: made all at once they would hold up what the snow is there to bridge.
    if (frames.length < FRAMES) snow.append(frames[frames.length] = noise());
    shown = (shown + 1 + Math.floor(Math.random() * (FRAMES - 1))) % frames.length;
    // The same few pictures, mirrored at random, never look the same twice.
    const [x, y] = [Math.random() < 0.5 ? -1 : 1, Math.random() < 0.5 ? -1 : 1];
    frames[shown].style.transform = `scale(${x}, ${y})`;
    frames[shown].classList.add("shown");
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    snow.classList.remove("falling");
  }

  tv.addEventListener("tune", () => {
    if (!preferences.on("snow") || calm.matches || document.hidden) return;
    snow.classList.add("falling");
    fall();
    if (!timer) timer = setInterval(fall, PACE);
    clearTimeout(enough);
    enough = setTimeout(stop, ENOUGH);
  });
  tv.addEventListener("picture", stop);
}

function noise() {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  const image = context.createImageData(WIDTH, HEIGHT);
  const grains = new Uint32Array(image.data.buffer);
  for (let y = 0, at = 0; y < HEIGHT; y += 1) {
    // Lines differ in brightness, and grains are longer than they are high: the beam moves sideways.
    const line = 0.75 + 0.25 * Math.random();
    let value = 0;
    for (let x = 0; x < WIDTH; x += 1, at += 1) {
      value = 0.3 * value + 0.7 * Math.random() ** 1.5 * 255 * line;
      const grey = value | 0;
      grains[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
