// The sleep timer: fades the sound, then switches the set off for real. The page loads nothing until it is touched.

const EVERY = 250;
/** ms of fading; a fifth of the time where that is less. */
const FADE = 60_000;
/** What the key goes through. */
const ROUND = /** @type {const} */ ([30, 60, 90, "programme", "off"]);

/** Event `sleep` of the set: {state: "off" | "set" | "fading" | "asleep", left: ms or null}, at each change and minute. */
export class Sleep {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    /** @type {"off" | "set" | "fading" | "asleep"} */
    this.state = "off";
    /** When it ends, server time in ms; what is measured against decides whether the picture's or the clock's. */
    this.until = 0;
    this.fade = FADE;
    this.byPicture = false;
    this.round = -1;
    this.timer = 0;
    this.told = "";
    tv.commands.set("sleep", (what) => this.#asked(what));
    for (const event of ["keydown", "pointerdown"]) addEventListener(event, (event) => this.#touched(event), { capture: true });
  }

  get asleep() {
    return this.state === "asleep";
  }

  /** @param {number} minutes */
  in(minutes) {
    this.#set(this.tv.clock.now() + minutes * 60_000, false);
  }

  /** At the end of this programme; false when nobody knows when that is. */
  atEnd() {
    const { tv } = this;
    const now = tv.current && tv.channels.at(tv.current, tv.time()).now;
    if (!now) return false;
    this.#set(Date.parse(now.stop), true);
    return true;
  }

  off() {
    this.round = -1;
    this.#end("off");
  }

  /** @returns {number | null} ms until it sleeps */
  left() {
    if (this.state === "off" || this.asleep) return null;
    return Math.max(0, this.until - (this.byPicture ? this.tv.time() : this.tv.clock.now()));
  }

  /** @param {number} until @param {boolean} byPicture */
  #set(until, byPicture) {
    if (this.asleep) this.#end("off");
    clearInterval(this.timer);
    this.until = until;
    this.byPicture = byPicture;
    this.state = "set";
    this.fade = Math.min(FADE, (this.left() ?? 0) / 5);
    this.timer = setInterval(() => this.#look(), EVERY);
    this.#look();
  }

  #look() {
    const left = this.left() ?? 0;
    if (left <= 0) return this.#end("asleep");
    this.state = left < this.fade ? "fading" : "set";
    this.tv.sound.fadeTo(Math.min(1, left / this.fade));
    this.#tell(left);
  }

  /** @param {"off" | "asleep"} state */
  #end(state) {
    clearInterval(this.timer);
    const woken = this.asleep && state === "off";
    this.state = state;
    document.body.classList.toggle("asleep", this.asleep);
    if (this.asleep) this.tv.off();
    this.tv.sound.fadeTo(1);
    this.#tell(null);
    if (woken) this.tv.on();
  }

  /** @param {number | null} left */
  #tell(left) {
    const told = `${this.state} ${left === null ? "" : Math.ceil(left / 60_000)}`;
    if (told === this.told) return;
    this.told = told;
    this.tv.tell("sleep", { state: this.state, left });
  }

  /** @param {number | "programme" | "off" | undefined} what */
  #asked(what) {
    const { commands } = this.tv;
    if (what === undefined && commands.has("sleep-menu")) return commands.get("sleep-menu")?.();
    if (what === undefined) {
      this.round = (this.round + 1) % ROUND.length;
      what = ROUND[this.round];
    }
    if (what === "off") this.off();
    else if (what !== "programme") this.in(Number(what));
    else if (!this.atEnd()) this.off();
  }

  /** Whatever wakes it does nothing else. @param {Event} event */
  #touched(event) {
    if (!this.asleep || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.tv.sound.accept();
    this.#end("off");
  }
}
