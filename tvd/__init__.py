"""tvd turns folders of videos into television.

The way of the data, and of this package::

    library   source file -> Source (probed in a limited child) -> Asset (normalised on the house grid)
    playout   schedule -> rundown -> feeder -> one ffmpeg per channel, for its whole life
    hls       CMAF fragments -> SegmentWindow (RAM) -> playlists
    web       aiohttp: playlists, segments, pages, API, metrics

Imports point one way only: ``__main__ -> app -> web -> guide -> playout -> hls, library -> media ->
config, clock, errors, logs, metrics``. Only ``web`` and ``app`` know aiohttp; only ``media`` knows ffmpeg, PyAV
and child processes. A test keeps it so.
"""

__version__ = "0.1.0"
