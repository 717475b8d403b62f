"""What every command that touches media needs: ffmpeg, the asset store, the normaliser, the library.

``async with Services(config)`` starts them in that order and ends them in the reverse one; no child survives it.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final, Self

from tvd import logs, tasks
from tvd.config import model
from tvd.config.model import Config
from tvd.config.renditions import sizes
from tvd.continuity import Generated, card_source
from tvd.library.art import ArtStore
from tvd.library.job import Means
from tvd.library.library import Library
from tvd.library.metadata import Metadata
from tvd.library.normaliser import Normaliser, Reports
from tvd.library.source import Source
from tvd.library.store import AssetStore
from tvd.library.subtitles import SubtitleStore
from tvd.library.subtitling import Subtitling
from tvd.media import demo, generated
from tvd.media.encoders import working_encoder
from tvd.media.ffmpeg import Ffmpeg, find_ffmpeg
from tvd.media.house import Grid, HouseFormat, Rendition
from tvd.media.live import LiveSettings
from tvd.media.process import Limits
from tvd.media.treatment import Treatment
from tvd.playout.continuity import Continuity
from tvd.playout.output import Output

MEMORY: Final = 4 * 2**30
"""Address space of one normalising child: 4K sources need about half of it."""


class Services:
    """The makers of assets for one configuration. ``watching`` False: the library is read when asked, not followed."""

    ffmpeg: Ffmpeg

    def __init__(self, config: Config) -> None:
        self.config = config
        data = config.storage.data
        self.channels_folder = data / "channels"
        self.planned: dict[str, int] = {}
        self.store = AssetStore(
            data,
            config.storage.assets_max,
            config.storage.source_min_free,
            planned=lambda: self.planned,
            fleeting=lambda source: source.startswith("card:next:"),
        )
        self.art = ArtStore(data / "art", free_min=config.storage.source_min_free)
        self.library = Library(data / "library.sqlite")
        self.subtitles = SubtitleStore(data / "subtitles")
        self.subtitling = Subtitling(self.subtitles, self.library.sidecars, self.source)
        self._demo = {
            name: tuple(demo_source(programme) for programme in generator.programmes())
            for name, generator in demo.GENERATORS.items()
        }
        self._demo_by_id = {source.id: source for sources in self._demo.values() for source in sources}
        self.continuity: Continuity = Generated(lambda: self.config.channels)
        self._encoders: dict[tuple[str, HouseFormat], str] = {}
        self._stack = AsyncExitStack()
        self._log = logs.get("services")

    async def __aenter__(self) -> Self:
        data = self.config.storage.data
        await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
        self._binary = self.config.ffmpeg.binary
        self.ffmpeg = await find_ffmpeg(self._binary)
        self._log.info("ffmpeg.found", path=self.ffmpeg.path, version=self.ffmpeg.version)
        await self.store.load()
        await self.art.load()
        await self.subtitles.load()
        normaliser = self.config.normaliser
        means = Means(
            store=self.store,
            ffmpeg=self.ffmpeg,
            limits=Limits(memory=MEMORY, nice=normaliser.nice, idle_io=True),
            timeout_factor=normaliser.timeout_factor,
            draw=generated.inputs,
        )
        reports = Reports(refused=self.library.refuse, duration=self._corrected)
        self.normaliser = Normaliser(means, jobs=normaliser.jobs, reports=reports)
        await self._stack.enter_async_context(self.library)
        self._stack.push_async_callback(tasks.end, tasks.started(self.normaliser.run(), "normaliser"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _corrected(self, source_id: str, seconds: float) -> None:
        self.library.correct_duration(source_id, seconds, "found while normalising")

    # Sources -------------------------------------------------------------------------------------------------------

    def sources(self, channel: model.Channel) -> tuple[Source, ...]:
        """Return what a channel can air, as known now."""
        drawn = self._demo[channel.generator] if channel.generator else ()
        found = self.library.sources(channel.all_folders) if channel.all_folders else ()
        return drawn + found if drawn and found else drawn or found

    def source(self, source_id: str) -> Source | None:
        """Return one source by its id, with the picture there is of it."""
        if (card := card_source(source_id)) is not None:
            return card
        source = self._demo_by_id.get(source_id) or self.library.get(source_id)
        return None if source is None else self.art.illustrated(source)

    async def reconfigure(self, config: Config) -> None:
        """Go on with ``config``: its limits and number of jobs from now on, its channels' folders."""
        self.config = config
        self.store.max_bytes, self.store.free_min = config.storage.assets_max, config.storage.source_min_free
        self.art.free_min = config.storage.source_min_free
        self.normaliser.set_jobs(config.normaliser.jobs)
        await self.follow(config.channels)

    async def follow(self, channels: Iterable[model.Channel]) -> None:
        """Keep the folders of ``channels`` up to date from now on."""
        await self.library.set_folders({folder for channel in channels for folder in channel.all_folders})

    # Output --------------------------------------------------------------------------------------------------------

    async def output(self, channel: model.Channel, *, opening: bool = False) -> Output:
        """Return what ``channel`` makes: its encoder found, its generation calibrated. Its slate may still be made.

        ``opening``: it is to air at once, and the beginning of its first programme comes before its slate.
        """
        house = await self._house(channel.house)
        calibrated = await self.normaliser.calibrate(house, opening=opening)
        settings = channel.ffmpeg
        return Output(
            house=house,
            treatment=_treatment(channel.house),
            settings=LiveSettings(
                settings.loglevel,
                settings.input_args,
                settings.output_args,
                settings.video_filter,
                settings.audio_filter,
            ),
            generation=calibrated.generation.name,
            initialisation=calibrated.initialisation,
        )

    async def live_ffmpeg(self, channel: model.Channel) -> Ffmpeg:
        """Return the ffmpeg that ``channel`` airs with. Raises :class:`TvdError` when it is not good enough."""
        binary = channel.ffmpeg.binary
        return self.ffmpeg if binary == self._binary else await find_ffmpeg(binary)

    async def _house(self, wanted: model.House) -> HouseFormat:
        house = HouseFormat(
            grid=Grid(wanted.fps),
            width=wanted.width,
            height=wanted.height,
            video_bitrate=wanted.video_bitrate,
            audio_bitrate=wanted.audio_bitrate,
            preset=wanted.preset,
            renditions=tuple(Rendition(one.width, one.height, one.video_bitrate) for one in sizes(wanted)),
        )
        key = (wanted.encoder, house)
        if key not in self._encoders:
            self._encoders[key] = await working_encoder(self.ffmpeg, house, wanted.encoder)
        return replace(house, encoder=self._encoders[key])


def demo_source(programme: demo.DemoProgramme) -> Source:
    """Return a generated programme as a source."""
    words = Metadata(title=programme.title, description=programme.description)
    return Source(id=programme.id, title=programme.title, duration=float(programme.duration), metadata=words)


def _treatment(wanted: model.House) -> Treatment:
    return Treatment(wanted.loudness, wanted.fit, wanted.audio_language, wanted.subtitles, wanted.subtitle_languages)
