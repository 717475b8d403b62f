"""Every Prometheus metric tvd has, in one place; ``docs/metrics.md`` describes each, a test keeps the two together.

Label ``channel`` is the slug. No titles, names of people or addresses are ever labels.
"""

import contextlib

from prometheus_client import Counter, Gauge, Histogram

build_info = Gauge("tvd_build_info", "Version of tvd, ffmpeg and Python; always 1", ["version", "ffmpeg", "python"])
channel_on_air = Gauge("tvd_channel_on_air", "1 while the segment due now can be had", ["channel"])
channel_lead_segments = Gauge("tvd_channel_lead_segments", "Segments made ahead of the clock", ["channel"])
segments_published = Counter("tvd_segments_published_total", "Segments that came due and were there", ["channel"])
segments_late = Counter("tvd_segments_late_total", "Segments that came due and were not there", ["channel"])
slate_segments = Counter("tvd_slate_segments_total", "Segments aired as slate instead of the plan", ["channel"])
pipeline_restarts = Counter("tvd_pipeline_restarts_total", "Replaced ffmpeg processes", ["channel", "reason"])
pipeline_cpu_seconds = Counter("tvd_pipeline_cpu_seconds_total", "CPU time of the channel's ffmpeg", ["channel"])
pipeline_resident_memory = Gauge("tvd_pipeline_resident_memory_bytes", "Memory of the channel's ffmpeg", ["channel"])
programme_joins = Counter("tvd_programme_joins_total", "Joins of one asset to the next", ["channel"])
join_gap_seconds = Histogram(
    "tvd_join_gap_seconds",
    "Gap or overlap between consecutive segments, by their decode times",
    ["channel"],
    buckets=(0.0, 0.001, 0.01, 0.1, 1.0),
)
schedule_requests = Counter(
    "tvd_schedule_requests_total", "Requests of the owner that were granted", ["channel", "action"]
)
viewers = Gauge("tvd_viewers", "Players that asked for a playlist lately", ["channel"])
playback_zap_seconds = Histogram(
    "tvd_playback_zap_seconds",
    "From the key to the first frame of the new channel, as pages tell",
    buckets=(0.03, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 10.0),
)
playback_stalls = Counter("tvd_playback_stalls_total", "Times the picture stood still, as pages tell", ["channel"])
playback_frames = Counter("tvd_playback_frames_total", "Frames due on screens, as pages tell", ["channel"])
playback_dropped_frames = Counter(
    "tvd_playback_dropped_frames_total", "Frames due and not shown, as pages tell", ["channel"]
)
normaliser_queue_jobs = Gauge("tvd_normaliser_queue_jobs", "Jobs waiting or running")
normaliser_speed_ratio = Gauge("tvd_normaliser_speed_ratio", "Seconds of programme made a second, all jobs together")
normaliser_jobs = Counter("tvd_normaliser_jobs_total", "Jobs ended", ["result"])
asset_store_bytes = Gauge("tvd_asset_store_bytes", "Size of the asset store")
art_pictures = Counter("tvd_art_pictures_total", "Pictures of programmes made or refused", ["result"])
library_sources = Gauge("tvd_library_sources", "Sources known", ["state"])
event_loop_lag_seconds = Histogram(
    "tvd_event_loop_lag_seconds",
    "How late the event loop runs a due call",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0),
)
child_processes = Gauge("tvd_child_processes", "Child processes of tvd", ["state"])
http_request_duration_seconds = Histogram(
    "tvd_http_request_duration_seconds",
    "Time to answer, by route and status class",
    ["route", "method", "status"],
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0),
)
guide_drift_seconds = Gauge("tvd_guide_drift_seconds", "Difference between guide and what airs now", ["channel"])


def forget_channel(slug: str) -> None:
    """Tell nothing more of a channel that is no more."""
    for metric in list(globals().values()):
        if isinstance(metric, Counter | Gauge | Histogram):
            with contextlib.suppress(ValueError):  # it is not of channels
                metric.remove_by_labels({"channel": slug})
