"""A channel over every codec, colour, size, rate and nuisance at hand, taped: what a viewer gets is without a fault."""

import contextlib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from clips import Clips

from bench.continuity import Continuity, walk
from bench.joins import UNMEASURABLE, drift, faults, measurable
from bench.taping import Examined, fill, tape_folder
from tvd.media import graph
from tvd.media.asset_file import AssetFile
from tvd.media.house import AAC_FRAME, SAMPLE_RATE

_ABRUPT = 0.0001


def test_nothing_at_all_is_wrong_with_it(tape: Examined) -> None:
    """Exact counts and steps, no line from the live process, none while decoding, no click, nothing refused."""
    assert faults(tape) == []


def test_everything_aired(tape: Examined, media: dict[str, Path]) -> None:
    assert tape.taken is not None
    assert {aired.programme.path.name for aired in tape.taken.aired if aired.programme.path} == {
        path.name for path in media.values()
    }
    assert {aired.programme.kind for aired in tape.taken.aired} == {"programme"}
    assert tape.joins >= len(media)


def test_every_step_between_packets_is_exact(tape: Examined) -> None:
    """Read by libavformat, which is not our parser."""
    with av.open(str(tape.path)) as container:
        for stream, step in (
            (container.streams.video[0], Fraction(1, tape.grid.fps)),
            (container.streams.audio[0], Fraction(AAC_FRAME, SAMPLE_RATE)),
        ):
            times = [packet.dts * packet.time_base for packet in container.demux(stream) if packet.size]
            assert {later - sooner for sooner, later in pairwise(times)} == {step}
            container.seek(0)


def test_sound_stays_on_the_picture_within_a_millisecond(tape: Examined) -> None:
    aired = measurable(tape)
    assert len(aired) > 50
    errors = {one.programme.title: one.sound_error for one in aired}
    assert {title: error for title, error in errors.items() if abs(error or 0) > 0.001} == {}
    assert drift(tape) < 0.00005


def test_pictures_stand_on_the_nearest_frame(tape: Examined) -> None:
    misses = {one.programme.title: one.picture_error for one in tape.whole if one.picture_error is not None}
    assert len(misses) > 50
    half = 0.5 / tape.grid.fps + 0.001
    late = {title: miss for title, miss in misses.items() if abs(miss) > half and title not in UNMEASURABLE}
    assert late == {}


def test_programmes_are_equally_loud(tape: Examined) -> None:
    assert len(tape.off_target) > 15
    assert {title: miss for title, miss in tape.off_target.items() if abs(miss) > 1} == {}


def test_one_initialisation_serves_all(tape: Examined) -> None:
    fingerprints = set()
    for asset in tape.assets.values():
        with AssetFile(asset.path, tape.grid) as file:
            fingerprints.add(file.initialisation.fingerprint)
    assert len(fingerprints) == 1
    assert len({asset.generation for asset in tape.assets.values()}) == 1


# The measurements themselves ------------------------------------------------------------------------------------------


async def test_without_fades_joins_click(clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check for clicks must be able to fail: a hum that fills its segment, cut off where it is loudest."""
    hum = ["-f", "lavfi", "-i", "aevalsrc='0.5*cos(2*PI*100*t)':s=48000:d=3,atrim=end_sample=102390"]
    media = [clips.make(f"hum {n}", ".wav", *hum, "-metadata", f"title=hum {n}") for n in (1, 2)]
    clicks = {}
    for fade in (graph.FADE, _ABRUPT):
        monkeypatch.setattr(graph, "FADE", fade)
        work = tmp_path / str(fade)
        fill(work / "media", media)
        tape = await tape_folder(work, work / "media", 4)
        assert tape.taken is not None
        clicks[fade] = sum(one.clicks for one in tape.taken.aired)
    assert clicks == {0.03: 0, _ABRUPT: pytest.approx(4, abs=1)}


def test_the_checker_sees_what_is_missing_moved_or_damaged(tape: Examined) -> None:
    with tape.path.open("rb") as file:
        data = file.read(1_000_000)
    whole = [(8 + len(body)).to_bytes(4, "big") + kind + body for kind, body in _complete(data)]
    head, rest = b"".join(whole[:2]), whole[2:]
    fragments = [moof + mdat for moof, mdat in zip(rest[::2], rest[1::2], strict=False)]

    def findings(pieces: list[bytes]) -> list[str]:
        checker = Continuity(head, tape.grid.duration)
        for piece in pieces:
            checker.add(piece)
        return checker.findings

    assert findings(fragments) == []
    assert any("beside its place" in one for one in findings([fragments[0], *fragments[2:]]))
    assert any("numbered" in one for one in findings([fragments[0], fragments[0]]))
    cut = fragments[1].replace(b"trun", b"free", 1)
    assert findings([fragments[0], cut, fragments[2]]) != []


def _complete(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the boxes of a file that are whole: its beginning was read."""
    boxes = []
    with contextlib.suppress(ValueError):
        for box in walk(data):
            boxes.append(box)  # noqa: PERF402 - those before the cut count
    return boxes
