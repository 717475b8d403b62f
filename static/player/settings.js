// How hls.js is set up: one place for every number, with its reason.

/** Everybody is this many ms behind the house clock. The newest segment can be had as soon as it begins to air, so this
 *  is the time that a slow network may take for it. */
export const LATENCY = 4_000;

/** @param {number} retries @param {number} timeout ms */
const policy = (retries, timeout) => ({
  default: {
    maxTimeToFirstByteMs: timeout,
    maxLoadTimeMs: 2 * timeout,
    timeoutRetry: { maxNumRetry: retries, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: retries, retryDelayMs: 500, maxRetryDelayMs: 2_000, backoff: /** @type {const} */ ("linear") },
  },
});

/**
 * @param {number} estimate bits a second that the network is known to carry; 0 when unknown
 * @param {boolean} standby whether it only keeps a channel ready
 */
export function settings(estimate, standby) {
  return {
    // Segments are fragmented MP4 and are appended as they are: nothing to do for a worker, and four would be started.
    enableWorker: false,
    // With it the next playlist is asked for at once and answered the moment it is due (blocking reload), so a segment
    // is loaded as soon as it can be had. What only waits does not hold a connection for that: browsers have six.
    lowLatencyMode: !standby,
    // Where to be is decided by together.js alone; hls.js goes no further than not losing the playlist's window.
    liveSyncDuration: LATENCY / 1_000,
    liveMaxLatencyDuration: 60,
    liveDurationInfinity: true,
    maxLiveSyncPlaybackRate: 1,
    liveSyncOnStallIncrease: 0,
    backBufferLength: standby ? 3 : 8,
    maxBufferLength: 20,
    maxMaxBufferLength: 30,
    maxBufferSize: 30_000_000,
    startFragPrefetch: true,
    testBandwidth: false,
    abrEwmaDefaultEstimate: estimate || 5_000_000,
    abrEwmaDefaultEstimateMax: 50_000_000,
    capLevelToPlayerSize: true,
    enableDateRangeMetadataCues: false,
    enableID3MetadataCues: false,
    enableEmsgMetadataCues: false,
    // Few retries: who fails is taken to the watch, which asks the server whether the channel is on air at all, and how
    // soon that is known is taken from the seconds that are loaded.
    manifestLoadPolicy: policy(0, 6_000),
    playlistLoadPolicy: policy(1, 12_000),
    fragLoadPolicy: policy(1, 8_000),
  };
}
