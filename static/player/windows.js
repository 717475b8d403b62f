// Where the picture is shown: full screen, in a small window of its own, on another television.

/** Event `windows` of the set: {full, pip, casting, can: {full, pip, cast}}, when one of them changes. */
export class Windows {
  /** @param {import("./television.js").Television} tv */
  constructor(tv) {
    this.tv = tv;
    const video = /** @type {any} */ (tv.video);
    this.can = {
      full: Boolean(document.fullscreenEnabled || video.webkitEnterFullscreen),
      pip: Boolean(document.pictureInPictureEnabled || video.webkitSetPresentationMode),
      cast: false,
    };
    this.casting = false;
    /** @type {WeakSet<HTMLVideoElement>} */
    this.watched = new WeakSet();
    tv.commands.set("full", () => this.full());
    tv.commands.set("pip", () => this.pip());
    tv.commands.set("cast", () => this.cast());
    document.addEventListener("fullscreenchange", () => this.#tell());
    const { stage } = tv.tuner;
    for (const event of ["enterpictureinpicture", "leavepictureinpicture"]) stage.addEventListener(event, () => this.#tell(), true);
    this.#watch(video);
    tv.addEventListener("picture", () => this.#watch(/** @type {any} */ (tv.video)));
  }

  get state() {
    const { can, casting } = this;
    return { full: Boolean(document.fullscreenElement), pip: Boolean(document.pictureInPictureElement), casting, can };
  }

  async full() {
    const video = /** @type {any} */ (this.tv.video);
    // Not allowed here (an embedded page, an old telephone): the picture stays as it is.
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
    else if (document.fullscreenEnabled) await document.documentElement.requestFullscreen().catch(() => {});
    else video.webkitEnterFullscreen?.();
  }

  async pip() {
    const video = /** @type {any} */ (this.tv.video);
    if (document.pictureInPictureElement) await document.exitPictureInPicture().catch(() => {});
    else if (document.pictureInPictureEnabled) await video.requestPictureInPicture().catch(() => {});
    else video.webkitSetPresentationMode?.(video.webkitPresentationMode === "inline" ? "picture-in-picture" : "inline");
  }

  /** Let the browser ask which screen: AirPlay, or what the Remote Playback API knows. */
  async cast() {
    const video = /** @type {any} */ (this.tv.video);
    if (video.webkitShowPlaybackTargetPicker) video.webkitShowPlaybackTargetPicker();
    else await video.remote?.prompt().catch(() => {});
  }

  /** @param {any} video */
  #watch(video) {
    if (this.watched.has(video)) return;
    this.watched.add(video);
    if ("webkitShowPlaybackTargetPicker" in video) {
      video.addEventListener("webkitplaybacktargetavailabilitychanged", (/** @type {any} */ event) => {
        this.#castable(event.availability === "available");
      });
      video.addEventListener("webkitcurrentplaybacktargetiswirelesschanged", () => {
        this.casting = Boolean(video.webkitCurrentPlaybackTargetIsWireless);
        this.#tell();
      });
    } else if (video.remote && !video.disableRemotePlayback) {
      video.remote.watchAvailability((/** @type {boolean} */ there) => this.#castable(there)).catch(() => {});
      for (const event of ["connect", "disconnect"]) {
        video.remote.addEventListener(event, () => {
          this.casting = video.remote.state === "connected";
          this.#tell();
        });
      }
    }
  }

  /** @param {boolean} there */
  #castable(there) {
    if (this.can.cast === there) return;
    this.can.cast = there;
    this.#tell();
  }

  #tell() {
    this.tv.tell("windows", this.state);
  }
}
