// Everything known about what is on, and what follows.

import { clock, t } from "../i18n.js";
import { $, detail, left, make, picture, say } from "./dom.js";

const LATER = 4;
const HOURS = 4;
const BETWEEN = new Set(["filler", "ident", "bumper", "card", "slate"]);

/** @param {any} tv */
export function attach(tv) {
  const open = () => document.body.dataset.panel === "info";
  let asked = "";

  function draw() {
    if (!open() || !tv.current) return;
    const channel = tv.current;
    const time = tv.time();
    const { now } = tv.channels.at(channel, time);
    say("info-title", now?.title || channel.name);
    const when = now ? `${clock(now.start)} – ${clock(now.stop)} · ${left(Date.parse(now.stop) - time)}` : "";
    say("info-when", [`${channel.number} ${channel.name}`, when].filter(Boolean).join(" · "));
    say("info-facts", [detail(now), ...(now?.genres ?? []), now?.rating].filter(Boolean).join(" · "));
    say("info-description", now?.description || t("player.no_description"));
    // What scrolls must be reached by the keyboard, what does not should not be.
    const text = $("info-description");
    if (text.scrollHeight > text.clientHeight + 1) text.tabIndex = 0;
    else text.removeAttribute("tabindex");
    picture($("info-art"), now?.art ?? "");
    const key = `${channel.slug} ${now?.id}`;
    if (key !== asked && tv.channels.answered) later(key, channel.slug, Date.parse(now?.stop ?? "") + 1 || time);
  }

  /** @param {string} key @param {string} slug @param {number} from */
  async function later(key, slug, from) {
    asked = key;
    const query = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(from + HOURS * 3_600_000).toISOString() });
    try {
      const response = await fetch(`/api/channels/${slug}/schedule?${query}`, { signal: AbortSignal.timeout(8_000) });
      const programmes = response.ok ? await response.json() : [];
      if (key !== asked) return;
      const shown = programmes.filter((/** @type {any} */ { kind }) => !BETWEEN.has(kind)).slice(0, LATER);
      $("info-later").replaceChildren(...shown.map((/** @type {any} */ one) => make("li", "", [make("time", "", clock(one.start)), make("span", "", one.title)])));
    } catch {
      asked = "";
    }
  }

  for (const event of ["panel", "tune", "programme", "tick"]) tv.addEventListener(event, draw);
}
