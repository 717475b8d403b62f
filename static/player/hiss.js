// The hiss between two channels: a moment of filtered noise, never loud, silent at night and whenever the set is.

import { context } from "./audio.js";
import { recall, remember } from "./memory.js";

/** Of the set's volume. */
const LOUDNESS = 0.05;
/** Seconds of it when the channel is there at once, and at most. */
const SHORT = 0.16;
const LONG = 1.2;
const FADE = 0.08;

export class Hiss {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    this.wanted = recall("hiss") !== "false";
    this.night = false;
    /** @type {AudioBuffer | null} */
    this.noise = null;
    /** @type {{gain: GainNode, source: AudioBufferSourceNode} | null} */
    this.sounding = null;
    tv.addEventListener("tune", (event) => this.#begin(/** @type {CustomEvent} */ (event).detail));
    tv.addEventListener("picture", () => this.#end());
    tv.addEventListener("night", (event) => (this.night = /** @type {CustomEvent} */ (event).detail.on));
    tv.commands.set("hiss", (on = !this.wanted) => (this.on = Boolean(on)));
  }

  get on() {
    return this.wanted;
  }

  set on(wanted) {
    this.wanted = wanted;
    remember("hiss", wanted);
  }

  /** Whether it would be heard now. */
  get audible() {
    const { volume, muted, refused, fade } = this.tv.sound;
    return this.wanted && !this.night && !muted && !refused && volume * fade > 0 && !document.hidden;
  }

  /** @param {{cause: string, channel: any, previous: any}} detail */
  #begin({ cause }) {
    if (!this.audible || cause === "link" || cause === "lost" || cause === "wake") return;
    const audio = context();
    if (!audio || audio.state !== "running") return;
    this.#end();
    const { volume, fade } = this.tv.sound;
    const source = new AudioBufferSourceNode(audio, { buffer: (this.noise ??= noise(audio)), loop: true });
    // Between the stations there is no bass and little treble.
    const band = new BiquadFilterNode(audio, { type: "bandpass", frequency: 2_800, Q: 0.5 });
    const gain = new GainNode(audio, { gain: LOUDNESS * volume * fade });
    source.connect(band).connect(gain).connect(audio.destination);
    const now = audio.currentTime;
    source.start(now, Math.random());
    source.stop(now + LONG);
    source.onended = () => [source, band, gain].forEach((node) => node.disconnect());
    this.sounding = { gain, source };
  }

  #end() {
    if (!this.sounding) return;
    const { gain, source } = this.sounding;
    this.sounding = null;
    const end = gain.context.currentTime + SHORT;
    gain.gain.setTargetAtTime(0, end - FADE, FADE / 3);
    source.stop(end + FADE);
  }
}

/** @param {AudioContext} audio @returns {AudioBuffer} a second and a half of white noise */
function noise(audio) {
  const buffer = new AudioBuffer({ length: Math.round(audio.sampleRate * 1.5), sampleRate: audio.sampleRate });
  const samples = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index += 1) samples[index] = Math.random() * 2 - 1;
  return buffer;
}
