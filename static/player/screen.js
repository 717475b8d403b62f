// Everything laid over the picture: the corner number, the banner, the list, the notices. Text only, never markup.

/** @typedef {import("./channels.js").Channel} Channel @typedef {import("./channels.js").Programme} Programme */

const CORNER = 2_600;
const BANNER = 5_000;

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

const clock = new Intl.DateTimeFormat([], { hour: "numeric", minute: "2-digit" });

export class Screen {
  constructor() {
    this.timers = { corner: 0, banner: 0 };
    this.body = document.body;
  }

  /**
   * Show a number big in the corner, the way sets do.
   * @param {string} number @param {string} [name]
   */
  corner(number, name = "") {
    clearTimeout(this.timers.corner);
    $("corner-number").textContent = number;
    $("corner-name").textContent = name;
    $("corner").hidden = !number;
    if (number) this.timers.corner = setTimeout(() => ($("corner").hidden = true), CORNER);
  }

  /** Bring the banner up, and down again by itself unless it is being used. */
  wake(time = BANNER) {
    clearTimeout(this.timers.banner);
    this.body.classList.add("awake");
    this.timers.banner = setTimeout(() => this.rest(), time);
  }

  rest() {
    const used = document.activeElement?.closest(".banner") && document.activeElement.matches(":focus-visible");
    if (used || this.listOpen || $("help").open) return this.wake();
    clearTimeout(this.timers.banner);
    this.body.classList.remove("awake");
  }

  get awake() {
    return this.body.classList.contains("awake");
  }

  get listOpen() {
    return this.body.classList.contains("listing");
  }

  /** @param {boolean} open @param {boolean} [focus] whether the keyboard opened it */
  list(open, focus = true) {
    this.body.classList.toggle("listing", open);
    $("list-toggle").setAttribute("aria-expanded", String(open));
    if (open) {
      this.wake();
      const current = $("channels").querySelector("[aria-current]") ?? $("channels").querySelector("a");
      current?.scrollIntoView({ block: "center" });
      if (focus) current?.focus({ preventScroll: true });
    } else if (document.activeElement?.closest(".list")) {
      /** @type {HTMLElement} */ (document.activeElement).blur();
    }
  }

  /** @param {string} text "" for none */
  notice(text) {
    $("notice").textContent = text;
    $("notice").hidden = !text;
  }

  /**
   * @param {Channel} channel
   * @param {{now: Programme | null, next: Programme | null}} listing
   * @param {number} time of the picture, ms since 1970
   */
  banner(channel, { now, next }, time) {
    say("banner-number", String(channel.number));
    say("banner-name", channel.name);
    say("banner-title", now?.title || channel.name);
    say("banner-detail", [now?.artist, now?.description].filter(Boolean).join(" · "));
    say("banner-next", next ? `Next  ${clock.format(new Date(next.start))}  ${next.title}` : "");
    const progress = now ? part(now, time) : 0;
    say("banner-start", now ? clock.format(new Date(now.start)) : "");
    say("banner-left", now ? left(Date.parse(now.stop) - time) : "");
    fill($("banner-progress"), progress);
    $("banner-progress").setAttribute("aria-valuenow", String(Math.round(progress * 100)));
    this.body.classList.toggle("unknown", !now);
  }

  /**
   * @param {Channel[]} channels
   * @param {string} tuned slug
   * @param {(channel: Channel) => {now: Programme | null}} listing
   * @param {number} time
   */
  rows(channels, tuned, listing, time) {
    const list = $("channels");
    const there = [...list.querySelectorAll("a")].map((row) => row.dataset.slug);
    if (there.join(" ") !== channels.map((channel) => channel.slug).join(" ")) {
      list.replaceChildren(...channels.map((channel) => row(channel)));
    }
    channels.forEach((channel, index) => {
      const link = list.children[index].firstElementChild;
      const { now } = listing(channel);
      set(link.querySelector(".number"), String(channel.number));
      set(link.querySelector(".channel-name"), channel.name);
      set(link.querySelector(".channel-now"), channel.state === "fault" ? "no reception" : (now?.title ?? ""));
      fill(link.querySelector(".track"), now ? part(now, time) : 0);
      link.classList.toggle("silent", channel.state === "fault");
      if (channel.slug === tuned) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  /** @param {number} time ms since 1970 */
  time(time) {
    say("time", clock.format(new Date(time)));
  }

  /** @param {boolean} muted @param {number} volume 0 to 1 */
  sound(muted, volume) {
    const silent = muted || volume === 0;
    const use = $("mute").querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, silent ? "#muted" : "#sound"));
    $("mute").setAttribute("aria-pressed", String(muted));
    $("mute").setAttribute("aria-label", muted ? "Unmute" : "Mute");
    const percent = muted ? 0 : Math.round(volume * 100);
    if (Number($("volume").value) !== percent) $("volume").value = String(percent);
    $("volume").style.setProperty("--part", String(percent / 100));
  }
}

/** @param {Channel} channel */
function row(channel) {
  const item = $("channel-row").content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.href = `/watch/${channel.slug}`;
  link.dataset.slug = channel.slug;
  return item;
}

/** @param {string} id @param {string} text */
const say = (id, text) => set($(id), text);

/** @param {Element} element @param {string} text */
function set(element, text) {
  // Only when it changes: screen readers and layout are spared.
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} track @param {number} part 0 to 1 */
const fill = (track, part) => track.style.setProperty("--part", part.toFixed(4));

/** @param {Programme} programme @param {number} time */
function part(programme, time) {
  const [start, stop] = [Date.parse(programme.start), Date.parse(programme.stop)];
  return Math.min(1, Math.max(0, (time - start) / (stop - start)));
}

/** @param {number} ms */
function left(ms) {
  const minutes = Math.ceil(ms / 60_000);
  if (ms < 60_000) return "ending soon";
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
