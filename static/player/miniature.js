// Small copies of programmes' pictures. A browser decodes a picture anew each time it comes back, as large as it is, and keeps
// every copy for a while; at twenty changes a minute that is more than the television itself needs.

/** Pixels across: enough for the banner on a sharp screen. */
const WIDTH = 240;
/** Copies kept: more than there are channels around. */
const KEPT = 16;

/** @type {Map<string, Promise<ImageBitmap>>} by address, the latest last */
const copies = new Map();

/** Show the picture at `url` once it is there; hide the canvas when there is none. @param {HTMLCanvasElement} canvas @param {string} url */
export async function miniature(canvas, url) {
  if (canvas.dataset.url === url) return;
  canvas.dataset.url = url;
  canvas.hidden = true;
  if (!url) return;
  const copy = await copyOf(url).catch(() => null);
  if (!copy || canvas.dataset.url !== url) return;
  Object.assign(canvas, { width: copy.width, height: copy.height });
  canvas.getContext("2d")?.drawImage(copy, 0, 0);
  canvas.hidden = false;
}

/** @param {string} url */
function copyOf(url) {
  const copy = copies.get(url) ?? shrunk(url);
  copies.delete(url);
  copies.set(url, copy);
  for (const oldest of copies.keys()) if (copies.size > KEPT) copies.delete(oldest);
  // What could not be had may be had the next time.
  copy.catch(() => copies.delete(url));
  return copy;
}

/** @param {string} url */
async function shrunk(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(String(response.status));
  return createImageBitmap(await response.blob(), { resizeWidth: WIDTH, resizeQuality: "high" });
}
