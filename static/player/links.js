// What an address can ask for besides the channel: /watch/late-night?muted&volume=30&sleep=45, or #12 for a number.

/**
 * @param {string} search `location.search` @param {string} hash `location.hash`
 * @returns {Record<string, string>} options, by name; `number` from a hash that is one
 */
export function options(search, hash) {
  const words = hash.slice(1);
  if (/^[0-9]{1,4}$/.test(words)) return { ...Object.fromEntries(new URLSearchParams(search)), number: words };
  return Object.fromEntries([...new URLSearchParams(search), ...new URLSearchParams(words)]);
}

/** Which channel, how loud: known before anything is loaded. @param {import("./television.js").Television} tv */
export function arrive(tv) {
  const asked = options(location.search, location.hash);
  const number = tv.channels.all.find((channel) => channel.number === Number(asked.number));
  if (number) tv.wanted = number.slug;
  const volume = Number(asked.volume);
  // For this visit only: what is remembered is what was chosen here.
  if ("volume" in asked && volume >= 0 && volume <= 100) tv.sound.volume = volume / 100;
  if ("muted" in asked) tv.sound.muted = asked.muted !== "0";
  tv.sound.hear(tv.video);
}

/** @param {import("./television.js").Television} tv */
export function attach(tv) {
  const asked = options(location.search, location.hash);
  const minutes = Number(asked.sleep);
  if (minutes > 0) tv.sleep.in(Math.min(minutes, 24 * 60));
  else if (asked.sleep === "programme") tv.addEventListener("picture", () => tv.sleep.atEnd(), { once: true });
  addEventListener("hashchange", () => {
    const { number: dialled } = options("", location.hash);
    if (dialled) tv.dial(dialled, true);
  });
  addEventListener("popstate", () => {
    const [, slug] = /^\/watch\/([^/]+)$/.exec(location.pathname) ?? [];
    if (slug && slug !== tv.current?.slug) tv.tune(slug, "link");
  });
}
