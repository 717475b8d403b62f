// Subtitles of the channel on screen: which languages there are, and their cues on the video's own time line.
//
// The light build of hls.js plays no subtitles. It does read which there are, and it tells which moment of the pictures' own
// time is the beginning of the video's. So what is left to do is little.

/**
 * @typedef {{id: string, name: string, language: string, forced: boolean, url: string, native?: TextTrack}} Choice
 * @typedef {{sn: number | "initSegment", start: number, cc: number}} Fragment
 */

/** Ticks a second of the time stamps in X-TIMESTAMP-MAP, and the seconds after which they begin again. */
const TICKS = 90_000;
const ROUND = 2 ** 33 / TICKS;
/** Seconds that cues stay behind the picture. */
const BEHIND = 60;
const PATIENCE = 8_000;

/** The subtitles of one video element. Events: `choices` (other languages can be chosen), `chosen`. */
export class Subtitles extends EventTarget {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    /** @type {Choice[]} */
    this.choices = [];
    /** @type {Choice | null} */
    this.chosen = null;
    /** What is wanted: the id of a choice, "" for none; kept while a channel does not have it. */
    this.wanted = "";
    /** @type {TextTrack | null} */
    this.track = null;
    this.#forget();
    video.textTracks.addEventListener("addtrack", () => this.native && this.#offer(this.#nativeChoices()));
  }

  /**
   * Follow another engine from now on.
   * @param {any} hls before it loads; null: the browser plays by itself
   */
  follow(hls) {
    this.native = !hls;
    this.#forget();
    this.#offer(hls ? [] : this.#nativeChoices());
    hls?.on("hlsManifestParsed", (/** @type {string} */ _, /** @type {any} */ { subtitleTracks }) => {
      this.#offer(subtitleTracks.map(choice));
    });
    hls?.on("hlsInitPtsFound", (/** @type {string} */ _, /** @type {any} */ { id, frag, initPTS, timescale }) => {
      if (id !== "main") return;
      this.zero.set(frag.cc, initPTS / timescale);
      this.#clear();
      this.#load();
    });
    hls?.on("hlsLevelUpdated", (/** @type {string} */ _, /** @type {any} */ { details }) => {
      this.fragments = details.fragments;
      this.#load();
    });
  }

  /** @param {string} wanted id of a choice, "" for none */
  choose(wanted) {
    this.wanted = wanted;
    this.#settle();
  }

  /** @param {Choice[]} choices */
  #offer(choices) {
    this.choices = choices;
    this.#settle();
    this.dispatchEvent(new Event("choices"));
  }

  #settle() {
    const same = this.choices.find(({ id }) => id === this.wanted);
    const akin = this.choices.find(({ id, forced }) => !forced && this.wanted && base(id) === base(this.wanted));
    const chosen = same ?? akin ?? null;
    if (chosen !== this.chosen) {
      this.chosen = chosen;
      this.#clear();
    }
    for (const { native } of this.choices) if (native) native.mode = native === chosen?.native ? "showing" : "disabled";
    if (this.track) this.track.mode = chosen && !chosen.native ? "showing" : "disabled";
    this.#load();
    this.dispatchEvent(new Event("chosen"));
  }

  #nativeChoices() {
    return [...this.video.textTracks]
      .filter((track) => track !== this.track && (track.kind === "subtitles" || track.kind === "forced"))
      .map((track) => ({ id: track.language, name: track.label, language: track.language, forced: track.kind !== "subtitles", url: "", native: track }));
  }

  #forget() {
    /** @type {Fragment[]} */
    this.fragments = [];
    /** Seconds since 1970 at which the video's time line begins, before and after each discontinuity. @type {Map<number, number>} */
    this.zero = new Map();
    this.#clear();
  }

  #clear() {
    this.loading?.abort();
    this.loading = null;
    /** URLs of segments whose cues are there. @type {Set<string>} */
    this.loaded = new Set();
    /** @type {Map<string, VTTCue>} */
    this.cues = new Map();
    const { track } = this;
    if (!track) return;
    // Cues of a disabled track cannot be seen, and not be removed either.
    if (track.mode === "disabled") track.mode = "hidden";
    for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
  }

  /** Read the playlist of the chosen language and what is new in it; what fails is asked for again next time. */
  async #load() {
    const { chosen, fragments } = this;
    if (!chosen || chosen.native || !fragments.length || this.loading) return;
    const loading = (this.loading = new AbortController());
    try {
      const signal = AbortSignal.any([loading.signal, AbortSignal.timeout(PATIENCE)]);
      const text = async (/** @type {string} */ url) => {
        const response = await fetch(url, { signal });
        if (!response.ok) throw new Error(`${response.status} ${url}`);
        return response.text();
      };
      const segments = listed(await text(chosen.url), chosen.url);
      const fresh = segments.filter(({ url, seq }) => !this.loaded.has(url) && this.#placed(seq));
      const read = await Promise.all(fresh.map(async (segment) => ({ segment, lines: await text(segment.url) })));
      if (loading.signal.aborted) return;
      for (const { segment, lines } of read) this.#put(segment, lines);
      const urls = new Set(segments.map(({ url }) => url));
      for (const url of this.loaded) if (!urls.has(url)) this.loaded.delete(url);
    } catch {
      // The picture says when there is no reception.
    } finally {
      if (this.loading === loading) this.loading = null;
    }
    this.#tidy();
  }

  /** The picture's segment of that number, when it is known where on the video's time line it is. @param {number} seq */
  #placed(seq) {
    return this.fragments.find(({ sn, cc }) => sn === seq && this.zero.has(cc));
  }

  /**
   * @param {{url: string, seq: number}} segment
   * @param {string} text
   */
  #put({ url, seq }, text) {
    const fragment = this.#placed(seq);
    if (!fragment) return;
    this.loaded.add(url);
    const { mpegts, cues } = parsed(text);
    // Both count from 1970, but of the one only the last 33 bits are told: the way round that is nearest to the segment is meant.
    const zero = /** @type {number} */ (this.zero.get(fragment.cc));
    const told = mpegts / TICKS - zero - fragment.start;
    const origin = fragment.start + told - Math.round(told / ROUND) * ROUND;
    this.track ??= this.video.addTextTrack("subtitles", "tvd");
    this.track.mode = "showing";
    for (const { start, end, text } of cues) {
      const key = `${mpegts} ${start} ${end} ${text}`;
      if (this.cues.has(key) || origin + end <= 0) continue;
      const cue = new VTTCue(Math.max(0, origin + start), origin + end, text);
      this.cues.set(key, cue);
      this.track.addCue(cue);
    }
  }

  #tidy() {
    const before = this.video.currentTime - BEHIND;
    for (const [key, cue] of this.cues) {
      if (cue.endTime >= before) continue;
      this.cues.delete(key);
      this.track?.removeCue(cue);
    }
  }
}

/** @param {any} track as hls.js reads it from the multivariant playlist @returns {Choice} */
function choice({ url, name, lang, forced }) {
  const id = /\/subs\/([^/]+)\/[^/]*$/.exec(new URL(url, location.href).pathname)?.[1] ?? lang;
  return { id, name, language: lang ?? "", forced: Boolean(forced), url };
}

/** @param {string} id */
export const base = (id) => id.split("-")[0];

/**
 * The segments of a media playlist.
 * @param {string} playlist @param {string} from its URL
 */
export function listed(playlist, from) {
  const lines = playlist.split("\n").filter((line) => line && !line.startsWith("#"));
  return lines.map((line) => ({
    url: new URL(line, new URL(from, location.href)).href,
    seq: Number(/(\d+)\.vtt$/.exec(line)?.[1]),
  }));
}

const HEAD = /^X-TIMESTAMP-MAP=MPEGTS:(\d+),LOCAL:00:00:00\.000$/m;
const TIMING = /^(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})$/;

/**
 * WebVTT as tvd writes it: no identifiers, no settings. The text of a cue stays as it is: the browser reads it.
 * @param {string} text
 */
export function parsed(text) {
  const cues = [];
  for (const block of text.trimEnd().split("\n\n").slice(1)) {
    const [first, ...lines] = block.split("\n");
    const time = TIMING.exec(first)?.slice(1).map(Number);
    if (!time) continue;
    const [start, end] = [time.slice(0, 3), time.slice(3)].map(([h, m, s]) => h * 3_600 + m * 60 + s);
    cues.push({ start, end, text: lines.join("\n") });
  }
  return { mpegts: Number(HEAD.exec(text)?.[1] ?? 0), cues };
}
