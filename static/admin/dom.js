// Elements from values. Text only, never markup: titles and log lines come from files and strangers.

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

/**
 * @typedef {Node | string | number | null | undefined | false} Part
 * @param {string} tag with classes: "button.pill.quiet"
 * @param {Record<string, any>} [properties] "data-…", "aria-…", "role", "for" and "colspan" become attributes
 * @param {...(Part | Part[])} parts
 * @returns {any}
 */
export function el(tag, properties = {}, ...parts) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (/^(data-|aria-|role$|for$|colspan$|scope$|tabindex$)/.test(key)) element.setAttribute(key, String(value));
    else /** @type {any} */ (element)[key] = value;
  }
  element.append(...parts.flat().filter((part) => part || part === 0).map((part) => (part instanceof Node ? part : String(part))));
  return element;
}

/**
 * Put `rows` into `parent` by key, keeping the elements (and the focus, and what is unfolded) that are there already.
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} rows
 * @param {(row: T) => string} key
 * @param {(row: T) => HTMLElement} make
 * @param {(element: HTMLElement, row: T) => void} fill
 */
export function keep(parent, rows, key, make, fill) {
  const known = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  rows.forEach((row, place) => {
    const name = key(row);
    let element = /** @type {HTMLElement | undefined} */ (known.get(name));
    if (!element) {
      element = make(row);
      element.dataset.key = name;
    }
    known.delete(name);
    fill(element, row);
    if (parent.children[place] !== element) parent.insertBefore(element, parent.children[place] ?? null);
  });
  for (const element of known.values()) element.remove();
}

/** @param {number} bytes @returns {string} */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: value < 10 && power ? 1 : 0 })} ${units[power]}`;
}

/** @param {number} seconds @returns {string} 1:23:45, or 3:05 */
export function length(seconds) {
  const s = Math.round(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
