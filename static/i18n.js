// The words of the page, in the language the server chose, and times as its reader writes them.

export const lang = document.documentElement.lang || "en";

/** @type {Record<string, string>} */
const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values] for each {name} in the text
 * @returns {string} the text; the key itself when there is none, so that a slip is seen and not a blank
 */
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));
}

const plural = new Intl.PluralRules(lang);

/** The text for so many of something: `key.one`, `key.other`. @param {string} key @param {number} n */
export function count(key, n) {
  const form = `${key}.${plural.select(n)}`;
  return t(form in texts ? form : `${key}.other`, { n });
}

// The order of parts is the language's, 12 or 24 hours are the viewer's own habit; the zone is theirs by itself.
const habit = new Intl.DateTimeFormat([], { hour: "numeric" }).resolvedOptions().hourCycle;
const hours = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit", hourCycle: habit });
const days = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long" });

/** @param {number | string | Date} time @returns {string} hour and minute */
export const clock = (time) => hours.format(new Date(time));

/** @param {number | string | Date} time @returns {string} weekday, day and month */
export const day = (time) => days.format(new Date(time));

/** Say it in another language from now on; the page has to be loaded anew. @param {string} code "" for the browser's own */
export function speak(code) {
  const age = code ? 31_536_000 : 0;
  document.cookie = `tvd-lang=${encodeURIComponent(code)}; path=/; max-age=${age}; samesite=lax`;
}
