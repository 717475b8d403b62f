"""Verifying an asset before it is published: exact segments, the house's parameter sets, decodable, loud as wanted."""

import asyncio
from pathlib import Path
from typing import Final

from tvd.errors import AssetInvalidError
from tvd.library.asset import Generation
from tvd.media.asset_file import AssetFile
from tvd.media.examine import Loudness, decode_fault, loudness
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.fragment import write_fragment
from tvd.media.house import Grid
from tvd.media.process import Limits

_SAMPLES: Final = 8
"""Segments decoded, spread evenly, first and last included; all of a short asset."""
PATIENCE: Final = 120.0
"""Seconds decoding the samples may take."""


async def verify(
    ffmpeg: Ffmpeg, path: Path, grid: Grid, generation: Generation | None, segments: int, limits: Limits
) -> Loudness:
    """Return how loud the finished asset file at ``path`` is, which should have ``segments`` segments.

    Raises :class:`AssetInvalidError` naming what is wrong, :class:`ChildProcessError` when an examining child was
    killed.
    """
    sample = await asyncio.to_thread(_read, path, grid, generation, segments)
    try:
        async with asyncio.timeout(PATIENCE):
            fault = await decode_fault(ffmpeg, sample, limits)
    except TimeoutError:
        fault = f"decoding a few segments took longer than {PATIENCE:.0f} s"
    if fault:
        raise AssetInvalidError(path, f"does not decode: {fault}")
    return await loudness(ffmpeg, path, limits)


def _read(path: Path, grid: Grid, generation: Generation | None, segments: int) -> bytes:
    """Read and check every segment; return a small asset of some of them."""
    with AssetFile(path, grid) as file:
        if file.segments != segments:
            raise AssetInvalidError(path, f"{file.segments} segments instead of {segments}")
        if file.size != path.stat().st_size:
            raise AssetInvalidError(path, "something follows the last segment")
        if generation is not None and file.initialisation.fingerprint != generation.fingerprint:
            raise AssetInvalidError(path, parameter_sets_differ(file.initialisation.fingerprint, generation))
        chosen = {round(i * (segments - 1) / max(1, _SAMPLES - 1)) for i in range(_SAMPLES)}
        delays = file.initialisation.delays
        pieces = [file.initialisation.moov(grid)]
        for index in range(segments):
            fragment = file.fragment(index)
            if index in chosen:
                # Numbered one after the other: a jump would be no fault of the asset.
                pieces.append(write_fragment(fragment, len(pieces) - 1, grid, *delays))
        return b"".join(pieces)


def parameter_sets_differ(fingerprint: str, generation: Generation) -> str:
    """Say why an asset with these parameter sets cannot be published."""
    return f"parameter sets differ: {fingerprint}, those of {generation.name} are {generation.fingerprint}"
