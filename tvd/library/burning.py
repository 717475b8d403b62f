"""The subtitles that a job burns into the picture: chosen, taken out of the source, or told why not."""

import asyncio
from pathlib import Path

from tvd import logs
from tvd.library.source import Source
from tvd.media import burn
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.normalise import choose_tracks
from tvd.media.process import Limits
from tvd.media.treatment import Treatment

log = logs.get("normaliser")


async def burnt(ffmpeg: Ffmpeg, source: Source, treatment: Treatment, place: Path, limits: Limits) -> burn.Burn | None:
    """Return what is burnt into ``source``, None for nothing. Text goes into the folder ``place``; made when needed.

    Raises ``OSError`` when it cannot be written.
    """
    if treatment.subtitles == "off" or source.path is None or source.probe is None:
        return None
    sound = choose_tracks(source.probe, treatment).audio
    track = burn.choose(source.probe.subtitles, treatment, sound.language if sound else "")
    if track is None:
        return None
    await asyncio.to_thread(place.mkdir, exist_ok=True)
    found = await burn.prepared(ffmpeg, source.path, track, place, limits)
    if found is None:
        log.warning("subtitles.unburnt", source=source.id, track=track.index, codec=track.codec)
    return found
