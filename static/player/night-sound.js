// Loudness at night: explosions quieter, whispers as they are. Made with Web Audio only when it is first wanted; an
// element that once went through it stays connected, past the compressor when it is off.

import { context } from "./audio.js";

export class NightSound {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    /** Whether it is wanted; it is heard as soon as the browser allows sound to be processed. */
    this.wanted = false;
    /** @type {WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>} */
    this.sources = new WeakMap();
    /** @type {DynamicsCompressorNode | null} */
    this.compressor = null;
    tv.addEventListener("night", (event) => this.set(/** @type {CustomEvent} */ (event).detail.on));
    tv.sound.addEventListener("sound", () => this.#connect(tv.video));
    tv.commands.set("night-sound", (on = !this.wanted) => this.set(Boolean(on)));
    for (const event of ["pointerup", "keyup"]) addEventListener(event, () => this.#connect(tv.video));
  }

  /** @param {boolean} on */
  set(on) {
    if (on === this.wanted) return;
    this.wanted = on;
    this.#connect(this.tv.video);
    this.tv.tell("night-sound", { on });
  }

  /** Whether the sound of `video` goes through the compressor now. */
  get heard() {
    return this.wanted && this.sources.has(this.tv.video);
  }

  /** @param {HTMLMediaElement} video */
  #connect(video) {
    let source = this.sources.get(video);
    if (!this.wanted && !source) return;
    const audio = context();
    if (!audio) return;
    if (!source) {
      source = audio.createMediaElementSource(video);
      this.sources.set(video, source);
    }
    source.disconnect();
    source.connect(this.wanted ? this.#chain(audio) : audio.destination);
  }

  /** @param {AudioContext} audio */
  #chain(audio) {
    if (!this.compressor) {
      // Gentle enough that speech stays natural: above -36 dB six become one, let go within a third of a second.
      this.compressor = new DynamicsCompressorNode(audio, { threshold: -36, knee: 20, ratio: 6, attack: 0.005, release: 0.3 });
      // The compressor makes up for what it takes; at night it need not.
      this.compressor.connect(new GainNode(audio, { gain: 0.6 })).connect(audio.destination);
    }
    return this.compressor;
  }
}
