// The guide over the running picture: channels down, time across, a line for now. Arrows walk, Enter tunes.

import { clock, day, t } from "../i18n.js";
import { $, detail, make, say } from "./dom.js";

const MINUTE = 60_000;
/** What a mark on the ruler stands for; less where programmes are so short that their names would not fit. */
const SLOT = 30 * MINUTE;
const SHORT_SLOT = 10 * MINUTE;
/** ms an answer serves; what is near never changes, what is far may. */
const KEPT = 2 * MINUTE;
/** What fills the gaps between programmes is no programme. */
const BETWEEN = new Set(["filler", "ident", "bumper", "card", "slate"]);

/** @typedef {import("./channels.js").Programme} Programme */

/** @param {any} tv */
export function attach(tv) {
  const grid = $("guide-grid");
  let from = 0;
  let span = 0;
  let slot = SLOT;
  /** @type {Map<string, {at: number, programmes: Promise<Programme[]>}>} */
  const known = new Map();
  const watcher = new IntersectionObserver(
    (entries) => entries.forEach(({ target, isIntersecting }) => isIntersecting && load(/** @type {HTMLElement} */ (target))),
    { root: grid, rootMargin: "200px" },
  );

  const open = () => document.body.dataset.panel === "guide";

  /** @param {number} start ms */
  function draw(start) {
    const long = tv.channels.all.flatMap(({ now }) => (now ? [Date.parse(now.stop) - Date.parse(now.start)] : [])).sort((a, b) => a - b);
    slot = (long[long.length >> 1] ?? SLOT) < SLOT / 2 ? SHORT_SLOT : SLOT;
    span = (innerWidth > 1000 ? 6 : innerWidth > 620 ? 4 : 2) * slot;
    from = Math.floor(start / slot) * slot;
    watcher.disconnect();
    const ruler = make("div", "guide-ruler", Array.from({ length: span / slot }, (_, at) => make("span", "", clock(from + at * slot))));
    ruler.setAttribute("aria-hidden", "true");
    const line = make("div", "guide-line");
    line.setAttribute("aria-hidden", "true");
    grid.replaceChildren(ruler, ...tv.channels.all.map(row), line);
    for (const each of grid.querySelectorAll("[role=row]")) watcher.observe(each);
    tick();
  }

  /** @param {import("./channels.js").Channel} channel */
  function row(channel) {
    const head = make("div", "guide-channel", [make("span", "number", String(channel.number)), make("span", "", channel.name)]);
    head.setAttribute("role", "rowheader");
    const cells = make("div", "guide-cells");
    cells.setAttribute("role", "presentation");
    // Somewhere to stand until the row's programmes are there.
    cells.append(cell(null, 0, 1));
    const made = make("div", "guide-row", [head, cells]);
    made.setAttribute("role", "row");
    made.dataset.slug = channel.slug;
    made.classList.toggle("tuned", channel.slug === tv.current?.slug);
    if (made.classList.contains("tuned")) cells.firstElementChild?.setAttribute("tabindex", "0");
    return made;
  }

  /** @param {Programme | null} programme @param {number} start share of the width @param {number} stop */
  function cell(programme, start, stop) {
    const made = make("div", "guide-cell", programme ? [make("span", "guide-title", programme.title), document.createTextNode(" "), make("span", "guide-time", clock(programme.start))] : "");
    made.setAttribute("role", "gridcell");
    made.tabIndex = -1;
    made.style.setProperty("--start", start.toFixed(5));
    made.style.setProperty("--stop", stop.toFixed(5));
    made.setAttribute("aria-label", programme ? `${programme.title} ${clock(programme.start)} – ${clock(programme.stop)}` : t("player.loading"));
    made.title = made.ariaLabel ?? "";
    if (programme) Object.assign(made, { programme });
    return made;
  }

  /** @param {string} slug */
  function programmes(slug) {
    const key = `${slug} ${from} ${span}`;
    const have = known.get(key);
    if (have && Date.now() - have.at < KEPT) return have.programmes;
    const query = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(from + span).toISOString() });
    const asked = fetch(`/api/channels/${slug}/schedule?${query}`, { signal: AbortSignal.timeout(8_000) })
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
      .catch(() => {
        // Not an answer to be kept.
        known.delete(key);
        return [];
      });
    for (const old of [...known.keys()].slice(0, -200)) known.delete(old);
    known.set(key, { at: Date.now(), programmes: asked });
    return asked;
  }

  /** @param {HTMLElement} target a row that has come into view */
  async function load(target) {
    watcher.unobserve(target);
    const [wanted, slug] = [from, target.dataset.slug ?? ""];
    const shown = (await programmes(slug)).filter((/** @type {Programme} */ { kind }) => !BETWEEN.has(kind));
    if (wanted !== from || !target.isConnected) return;
    const cells = /** @type {HTMLElement} */ (target.querySelector(".guide-cells"));
    const held = cells.contains(document.activeElement);
    const stands = cells.querySelector("[tabindex='0']") !== null;
    const share = (/** @type {string} */ time) => Math.min(1, Math.max(0, (Date.parse(time) - from) / span));
    const made = shown.map((/** @type {Programme} */ one) => cell(one, share(one.start), share(one.stop)));
    if (!made.length) made.push(Object.assign(cell(null, 0, 1), { ariaLabel: t("player.nothing_known"), textContent: t("player.nothing_known") }));
    cells.replaceChildren(...made);
    if (stands) stand(made.find((/** @type {HTMLElement} */ one) => airs(one)) ?? made[0], held);
    tick();
  }

  /** @param {any} one a cell */
  function airs(one) {
    const now = tv.channels.now();
    return one.programme && Date.parse(one.programme.start) <= now && now < Date.parse(one.programme.stop);
  }

  /** @param {any} one the cell the keyboard stands on from now on @param {boolean} [focus] */
  function stand(one, focus = true) {
    for (const before of grid.querySelectorAll("[tabindex='0']")) before.setAttribute("tabindex", "-1");
    one.setAttribute("tabindex", "0");
    if (!focus) return;
    one.focus({ preventScroll: true });
    one.scrollIntoView({ block: "nearest" });
  }

  /** @param {any} one */
  function tell(one) {
    const { programme } = one;
    if (!programme) return say("guide-detail", "");
    const when = `${day(programme.start)} ${clock(programme.start)} – ${clock(programme.stop)}`;
    say("guide-detail", [when, programme.title, detail(programme), programme.description].filter(Boolean).join(" · "));
  }

  /** @param {any} one */
  function choose(one) {
    if (!airs(one)) return tell(one);
    tv.tune(one.closest("[role=row]").dataset.slug, "list");
    tv.command("close");
  }

  function tick() {
    const now = (tv.channels.now() - from) / span;
    grid.style.setProperty("--now", now.toFixed(5));
    grid.classList.toggle("elsewhen", now < 0 || now > 1);
    for (const one of grid.querySelectorAll(".guide-cell")) one.classList.toggle("airs", Boolean(airs(one)));
  }

  /** @param {number} by -1 or 1 @param {any} [held] */
  function shift(by, held) {
    const at = held?.closest("[role=row]")?.dataset.slug;
    draw(from + by * (span - slot));
    const next = grid.querySelector(`[data-slug="${CSS.escape(at ?? tv.current?.slug ?? "")}"] .guide-cell`);
    if (next) stand(next, Boolean(held));
  }

  grid.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const one = /** @type {any} */ (event.target);
    if (one.getAttribute("role") !== "gridcell") return;
    const row = one.closest("[role=row]");
    const near = (/** @type {Element | null} */ other) => {
      const middle = one.getBoundingClientRect().left + 8;
      const cells = [...(other?.querySelectorAll(".guide-cell") ?? [])];
      return cells.find((each) => each.getBoundingClientRect().right > middle) ?? cells.at(-1);
    };
    const moves = {
      ArrowDown: () => near(row.nextElementSibling),
      ArrowUp: () => near(row.previousElementSibling),
      ArrowRight: () => one.nextElementSibling ?? shift(1, one),
      ArrowLeft: () => one.previousElementSibling ?? shift(-1, one),
      Home: () => row.querySelector(".guide-cell"),
      End: () => [...row.querySelectorAll(".guide-cell")].at(-1),
      PageDown: () => shift(1, one),
      PageUp: () => shift(-1, one),
      Enter: () => choose(one),
      " ": () => choose(one),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const to = move();
    if (to instanceof HTMLElement && to.getAttribute("role") === "gridcell") stand(to);
  });
  grid.addEventListener("focusin", (/** @type {FocusEvent} */ event) => tell(event.target));
  grid.addEventListener("mouseover", (/** @type {MouseEvent} */ { target }) => {
    const one = /** @type {Element} */ (target).closest(".guide-cell");
    if (one) tell(one);
  });
  grid.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const one = target.closest(".guide-cell");
    if (one) {
      stand(one);
      choose(one);
    } else if (target.closest(".guide-channel")) {
      tv.tune(/** @type {HTMLElement} */ (target.closest("[role=row]")).dataset.slug, "list");
      tv.command("close");
    }
  });

  $("guide-earlier").onclick = () => shift(-1);
  $("guide-later").onclick = () => shift(1);
  $("guide-now").onclick = () => draw(tv.channels.now());
  tv.addEventListener("panel", () => (open() ? draw(tv.channels.now()) : grid.replaceChildren()));
  tv.addEventListener("tick", () => open() && tick());
}
