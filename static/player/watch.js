// Watches over the picture: notices when it stands still, whatever the cause, brings it back, and says what goes on.

/** ms between two looks. */
const EVERY = 500;
/** ms without progress after which the channel is tuned anew. */
const STALLED = 7_000;
/** ms of silence before the set says that reception is poor. */
const PATIENCE = 2_500;
/** ms without progress that are more than a hitch. */
const STILL = 1_000;
/** Looks that came this much too late: the machine has slept. */
const SLEPT = 5_000;
/** ms behind from which coming back begins anew: what the old playlist names is gone by then. */
const GONE = 12_000;
/** ms between two questions whether the channel is on air. */
const BACKOFF = [300, 300, 500, 500, 1_000, 1_000, 2_000, 3_000, 3_000, 3_000, 5_000, 10_000];
/** ms until the next one while a channel is being prepared: its answer comes when there is something to say. */
const PREPARING = 50;

/**
 * @typedef {"good" | "starting" | "poor" | "offline" | "fault" | "catching-up"} Reception
 * Events: `reception` (detail: {@link Reception}), when it changes.
 */
export class Watch extends EventTarget {
  /** @param {import("./tuner.js").Tuner} tuner @param {import("./channels.js").Channels} channels @param {import("./clock.js").HouseClock} clock */
  constructor(tuner, channels, clock) {
    super();
    this.tuner = tuner;
    this.channels = channels;
    this.clock = clock;
    /** @type {Reception} */
    this.reception = "good";
    /** @type {string | null} slug of what should be seen; null: nothing */
    this.slug = null;
    this.attempt = 0;
    this.retry = 0;
    this.stalls = 0;
    this.wanted = 0;
    const now = performance.now();
    this.seen = { time: -1, at: now, look: now, picture: false };
    tuner.addEventListener("broken", () => this.recover());
    tuner.addEventListener("picture", () => this.#moved(true));
    // Caught while it bubbles through nothing: media events do not, so it is listened to on the way down.
    tuner.stage.addEventListener("waiting", (event) => this.#waiting(event), true);
    tuner.stage.addEventListener("timeupdate", (event) => event.target === tuner.video && this.#look(), true);
    for (const event of ["online", "focus", "pageshow"]) addEventListener(event, () => this.#wake());
    document.addEventListener("visibilitychange", () => this.#wake());
    setInterval(() => this.#look(), EVERY);
  }

  /**
   * `channel` is to be seen from now on.
   * @param {import("./channels.js").Channel} channel @param {number} since when the key was pressed
   */
  async tune(channel, since) {
    clearTimeout(this.retry);
    this.slug = channel.slug;
    this.attempt = 0;
    const now = performance.now();
    this.seen = { time: -1, at: now, look: now, picture: false };
    this.wanted += 1;
    const { wanted } = this;
    if (!this.tuner.ready(channel) && !this.channels.fresh) {
      // An answer that is a little old may promise a picture that is not there: one question more costs a few ms.
      await this.channels.refresh();
      if (wanted !== this.wanted) return;
    }
    const known = this.channels.find(channel.slug) ?? channel;
    if (known.state === "on_air" || this.tuner.ready(channel)) this.tuner.tune(known, since);
    else this.recover();
  }

  /** Nothing is to be seen any more. */
  rest() {
    clearTimeout(this.retry);
    this.slug = null;
    this.wanted += 1;
    this.#say("good");
  }

  /** The picture is gone: ask quietly until the channel is on air, then tune anew. Never gives up. @param {boolean} [preparing] */
  recover(preparing = false) {
    clearTimeout(this.retry);
    const later = this.attempt === 0 ? 0 : BACKOFF[Math.min(this.attempt, BACKOFF.length) - 1];
    this.attempt += 1;
    const { wanted } = this;
    this.retry = setTimeout(() => this.#ask(wanted, preparing), preparing ? PREPARING : later);
  }

  /** @param {number} wanted @param {boolean} preparing */
  async #ask(wanted, preparing) {
    const answered = await (preparing && this.slug !== null ? this.channels.settled(this.slug) : this.channels.refresh());
    if (wanted !== this.wanted || this.slug === null) return;
    const channel = this.channels.find(this.slug);
    // What is still in the buffer plays on meanwhile: nothing to say yet.
    const still = performance.now() - this.seen.at > STILL || !this.seen.picture;
    if (still && !answered) this.#say("offline");
    else if (still && channel?.state === "fault") this.#say("fault");
    else if (still && channel?.state === "standby") this.#say("starting");
    if (!answered || channel?.state !== "on_air") this.recover(answered && channel?.state === "standby");
    else if (!this.tuner.resume()) {
      this.seen.at = performance.now();
      this.tuner.tune(channel);
    }
  }

  /** @param {Event} event */
  #waiting({ target }) {
    if (target === this.tuner.video && this.seen.picture && !this.tuner.video.seeking) {
      this.stalls += 1;
      this.dispatchEvent(new Event("stall"));
    }
  }

  /** @param {boolean} picture whether it is the first frame of a channel */
  #moved(picture) {
    this.seen.at = performance.now();
    this.seen.picture ||= picture;
    this.attempt = 0;
    this.#say("good");
  }

  #look() {
    const now = performance.now();
    const slept = now - this.seen.look > SLEPT;
    this.seen.look = now;
    if (this.slug === null) return;
    const { video } = this.tuner;
    if (!video.paused && video.currentTime !== this.seen.time && video.readyState >= 3 && !video.seeking) {
      this.seen.time = video.currentTime;
      if (this.seen.picture) this.#moved(false);
      else this.seen.at = now;
      return;
    }
    // A browser may let a hidden page without sound stand still; it is brought back when it is looked at.
    if (document.hidden) return;
    if (slept) return void this.#wake();
    const still = now - this.seen.at;
    if (still > PATIENCE && this.reception === "good") this.#doubt();
    if (still > STALLED) {
      this.seen.at = now;
      this.recover();
    }
  }

  /** Back from the background, from sleep, or the network is back: to the live edge. */
  async #wake() {
    const { tuner } = this;
    this.seen.look = performance.now();
    if (document.hidden || this.slug === null) return;
    this.seen.at = performance.now();
    if (this.reception !== "good" && this.reception !== "catching-up") {
      this.attempt = 0;
      this.recover();
      return;
    }
    // Our own clock may have slept as well.
    const { wanted } = this;
    await this.clock.measure();
    if (wanted !== this.wanted) return;
    const lag = tuner.active.lag();
    if (lag !== null && lag > GONE) {
      this.#say("catching-up");
      tuner.active.stop();
      this.recover();
    } else if (tuner.video.paused && tuner.active.channel) {
      tuner.sound.play(tuner.video);
    }
  }

  #doubt() {
    if (this.slug === null || document.hidden) return;
    const { state } = this.channels.find(this.slug) ?? { state: "on_air" };
    if (state === "fault") this.#say("fault");
    else if (state === "standby") this.#say("starting");
    else if (!navigator.onLine || !this.channels.answered) this.#say("offline");
    else this.#say("poor");
    // Whether it is the network, the server or the channel: one quiet question tells.
    if (!this.seen.picture) return;
    const { wanted } = this;
    this.channels.refresh().then((answered) => {
      if (wanted === this.wanted && this.reception === "poor" && !answered) this.#say("offline");
    });
  }

  /** @param {Reception} reception */
  #say(reception) {
    if (reception === this.reception) return;
    this.reception = reception;
    this.dispatchEvent(new CustomEvent("reception", { detail: reception }));
  }
}
