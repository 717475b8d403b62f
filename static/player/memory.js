// What the set remembers between evenings. Storage may be forbidden or full: then it simply forgets.

/**
 * @param {string} key
 * @returns {string | null}
 */
export function recall(key) {
  try {
    return localStorage.getItem(`tvd.${key}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | number | boolean} value
 */
export function remember(key, value) {
  try {
    localStorage.setItem(`tvd.${key}`, String(value));
  } catch {
    // Nothing depends on it.
  }
}
