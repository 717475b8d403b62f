// The television set: knows what is to be seen and who must be told. Everything on the page meets here.

import { Channels } from "./channels.js";
import { HouseClock } from "./clock.js";
import { recall, remember } from "./memory.js";
import { Neighbours } from "./neighbours.js";
import { Sound } from "./sound.js";
import { Together } from "./together.js";
import { Tuner } from "./tuner.js";
import { Watch } from "./watch.js";

/** ms between two changes below which a set waits for the finger to rest before it tunes to what is not ready. */
const HURRY = 350;

/**
 * @typedef {import("./channels.js").Channel} Channel
 * @typedef {"key" | "dial" | "list" | "link" | "remote" | "lost" | "wake"} Cause
 * Events, all with a detail: `tune` {channel, previous, cause}, `picture` {channel, video, ms, warm},
 * `reception` {state}, `dial` {digits, done, found}, `programme` {channel, now, next}, `tick` {time}, `sound`
 * {volume, muted, refused}; and those of the modules attached (docs/playback.md lists them all).
 */
export class Television extends EventTarget {
  // Features that main.js puts in.
  /** @type {import("./sleep.js").Sleep} */ sleep;
  /** @type {import("./quality.js").Quality} */ quality;
  /** @type {import("./windows.js").Windows} */ windows;
  /** @type {import("./hiss.js").Hiss} */ hiss;
  /** @type {import("./night-sound.js").NightSound} */ nightSound;
  /** @type {import("./telemetry.js").Telemetry} */ telemetry;

  /** @param {HTMLElement} stage where the pictures are @param {Channel[]} channels what the page came with @param {string} tuned slug in the address, or "" */
  constructor(stage, channels, tuned) {
    super();
    this.wanted = tuned;
    this.clock = new HouseClock();
    this.channels = new Channels(channels, this.clock);
    this.sound = new Sound();
    this.tuner = new Tuner(stage, this.clock, this.sound);
    this.watch = new Watch(this.tuner, this.channels, this.clock);
    this.together = new Together(this.tuner, this.clock);
    this.neighbours = new Neighbours(this.tuner, this.channels, () => this.#likely());
    /** @type {Channel | null} */
    this.current = null;
    /** @type {Channel | null} */
    this.previous = null;
    /** What keys, wheel, fingers, headsets and remotes can ask for, by name. @type {Map<string, (arg?: any) => any>} */
    this.commands = new Map();
    this.direction = 1;
    this.tunedAt = -Infinity;
    this.hurry = 0;
    this.airing = "";
    this.#wire();
    this.#commands();
  }

  /** The element that shows the picture now. */
  get video() {
    return this.tuner.video;
  }

  /** @returns {number} house time of the frame on screen (of now, when there is none), ms since 1970 */
  time() {
    return (this.video.readyState >= 2 && this.tuner.active.houseTime()) || this.clock.now();
  }

  #first() {
    return this.channels.find(this.wanted || recall("channel") || "") ?? this.channels.all[0];
  }

  /**
   * Load what `begin` is going to show.
   * @returns {Promise<unknown>} settles when there is a picture, none is to be expected, or it keeps one waiting
   */
  foresee() {
    this.clock.measure();
    const channel = this.#first();
    return channel?.state === "on_air" ? this.tuner.foresee(channel) : Promise.resolve();
  }

  /** Switch it on: the channel of the address, else the last one watched, else the first. */
  begin() {
    this.clock.measure();
    // How loud it is, and whether it may be: what was said while nobody listened yet.
    this.sound.hear(this.video);
    this.tune(this.#first(), "link");
    this.channels.refresh();
    setInterval(() => document.hidden || this.#tick(), 1_000);
  }

  /**
   * @param {Channel | string | null | undefined} what @param {Cause} [cause]
   * @param {number} [since] when it was asked for (`performance.now()`)
   */
  tune(what, cause = "list", since = performance.now()) {
    const channel = typeof what === "string" ? this.channels.find(what) : what;
    if (!channel) return;
    const again = channel.slug === this.current?.slug;
    if (again && cause !== "lost" && cause !== "wake") {
      this.tell("tune", { channel, previous: this.previous, cause });
      if (!document.body.classList.contains("tuning")) this.tell("picture", { channel, video: this.video, ms: 0, warm: true });
      return;
    }
    if (this.current && !again) this.previous = this.current;
    this.current = channel;
    remember("channel", channel.slug);
    history.replaceState(null, "", `/watch/${channel.slug}`);
    document.title = `${channel.number} ${channel.name} · ${document.body.dataset.title}`;
    // What is ready is shown with the next refresh of the screen: nothing to bridge.
    document.body.classList.toggle("tuning", !this.tuner.ready(channel));
    if (cause !== "link" && cause !== "lost") this.neighbours.zapped();
    this.tell("tune", { channel, previous: this.previous, cause });
    this.airing = "";
    this.#tick();
    clearTimeout(this.hurry);
    const hurried = since - this.tunedAt < HURRY && !this.tuner.ready(channel);
    this.tunedAt = since;
    if (hurried) this.hurry = setTimeout(() => this.watch.tune(channel, since), HURRY / 2);
    else this.watch.tune(channel, since);
  }

  /** @param {number} by places up @param {Cause} [cause] @param {number} [since] */
  zap(by, cause = "key", since = performance.now()) {
    if (!this.current) return;
    this.direction = Math.sign(by) || 1;
    this.tune(this.channels.neighbour(this.current.slug, by), cause, since);
  }

  last(since = performance.now()) {
    this.tune(this.previous && this.channels.find(this.previous.slug), "key", since);
  }

  /** @param {string} digits "" when it was given up @param {boolean} done whether the number is complete */
  dial(digits, done) {
    const found = (digits && this.channels.all.find(({ number }) => number === Number(digits))) || null;
    this.tell("dial", { digits, done, found });
    if (done && found) this.tune(found, "dial");
  }

  /** Show and load nothing; `on()` is the way back. */
  off() {
    clearTimeout(this.hurry);
    this.watch.rest();
    this.tuner.stop();
    this.channels.rest();
    this.clock.rest();
  }

  on() {
    this.clock.measure();
    this.tune(this.current ?? this.channels.all[0], "wake");
  }

  /** @param {string} name @param {any} [arg] */
  command(name, arg) {
    return this.commands.get(name)?.(arg);
  }

  /** What somebody asks for from elsewhere: a telephone, a headset. What wakes the set does nothing else. @param {string} name @param {any} [arg] */
  press(name, arg) {
    if (!this.sleep.asleep) return this.command(name, arg);
    this.sleep.off();
  }

  /** @param {string} type @param {any} detail */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @returns {Channel[]} what the next key may ask for, the likeliest first */
  #likely() {
    const { current, previous, channels, direction } = this;
    if (!current || !channels.find(current.slug)) return [];
    const likely = [direction, -direction].map((by) => channels.neighbour(current.slug, by));
    const last = previous && channels.find(previous.slug);
    if (last) likely.push(last);
    likely.push(channels.neighbour(current.slug, 2 * direction));
    return [...new Set(likely)].filter(({ slug, state }) => slug !== current.slug && state === "on_air");
  }

  #wire() {
    const { tuner, watch, channels, sound } = this;
    tuner.addEventListener("picture", (event) => {
      document.body.classList.remove("tuning");
      this.tell("picture", /** @type {CustomEvent} */ (event).detail);
    });
    watch.addEventListener("reception", (event) => {
      this.tell("reception", { state: /** @type {CustomEvent} */ (event).detail });
    });
    sound.addEventListener("sound", (event) => this.tell("sound", /** @type {CustomEvent} */ (event).detail));
    channels.addEventListener("change", () => {
      const { current } = this;
      const known = current && channels.find(current.slug);
      // A channel that was taken away, or a set that was switched on before there was any.
      if (!known && channels.all.length) this.tune(this.#first(), "lost");
      else if (known) this.current = known;
      this.#tick();
    });
  }

  #commands() {
    const { commands, sound } = this;
    /** @type {[string, (arg?: any) => any][]} */
    const own = [
      ["up", (since) => this.zap(1, "key", since)],
      ["down", (since) => this.zap(-1, "key", since)],
      ["last", (since) => this.last(since)],
      ["tune", (slug) => this.tune(slug, "remote")],
      ["dial", (digits) => this.dial(String(digits), true)],
      ["mute", () => sound.mute()],
      ["louder", () => sound.louder(0.05)],
      ["quieter", () => sound.louder(-0.05)],
      ["volume", (volume) => sound.set(Number(volume))],
    ];
    for (const [name, act] of own) commands.set(name, act);
  }

  #tick() {
    const { current } = this;
    const time = this.time();
    this.tell("tick", { time });
    if (!current) return;
    const { now, next } = this.channels.at(current, time);
    const airing = JSON.stringify([current.slug, now, next]);
    if (airing === this.airing) return;
    this.airing = airing;
    this.tell("programme", { channel: current, now, next });
  }
}
