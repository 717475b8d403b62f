"""How far frames are reordered, read from the SPS: what every encoder setting says and what ffprobe says of it."""

import json
import shutil

import pytest
from gridded import encode_argv, house, run

from tvd.media.boxes import BoxReader
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.initialisation import Initialisation
from tvd.media.sps import max_reorder_frames

# Encoder arguments behind the house's own, and the frames of reordering x264 then states.
SETTINGS = {
    "ultrafast": ([], 0),
    "superfast": ([], 2),
    "veryfast": ([], 2),
    "medium": ([], 2),
    "slower": ([], 2),
    "veryfast no B": (["-bf", "0"], 0),
    "veryfast one B": (["-bf", "1"], 1),
    "veryfast no pyramid": (["-x264-params", "b-pyramid=none"], 1),
    "veryfast baseline": (["-profile:v", "baseline"], 0),
    "veryfast main": (["-profile:v", "main"], 2),
    "veryfast tuned": (["-tune", "zerolatency"], 0),
    "veryfast hrd": (["-x264-params", "nal-hrd=vbr"], 2),
    "veryfast anamorphic": (["-aspect", "64:45"], 2),
    "veryfast coloured": (["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"], 2),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_reordering_is_what_ffprobe_says(ffmpeg: Ffmpeg, name: str) -> None:
    arguments, expected = SETTINGS[name]
    made = house(30, name.split(maxsplit=1)[0])
    argv = encode_argv(ffmpeg.path, made, 12, 12_000)
    at = argv.index("-af")
    data, _ = run(*argv[:at], *arguments, *argv[at:])
    boxes = dict(BoxReader().feed(data))
    head = Initialisation.parse(boxes[b"ftyp"] + boxes[b"moov"])
    probe = shutil.which("ffprobe")
    assert probe is not None
    out, _ = run(probe, "-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", "pipe:0", stdin=data)
    assert head.reorder_frames == expected == json.loads(out)["streams"][0]["has_b_frames"]
    assert (head.width, head.height) == (160, 90)


def avcc(sps: bytes) -> bytes:
    """Return a decoder configuration that holds ``sps``."""
    return b"\x01\x64\x00\x1e\xff\xe1" + len(sps).to_bytes(2, "big") + sps


def bits(text: str) -> bytes:
    """Return a NAL unit from ones and zeroes behind header, profile, constraints and level."""
    plain = text.replace(" ", "") + "1"
    padded = plain + "0" * (-len(plain) % 8)
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


def escaped(nal: bytes) -> bytes:
    """Put emulation prevention into a NAL unit (H.264, 7.4.1.1)."""
    out = bytearray()
    for byte in nal:
        if out[-2:] == b"\0\0" and byte < 4:
            out.append(3)
        out.append(byte)
    return bytes(out)


MAIN = "01100111 01001101 00000000 00011110 1 "  # NAL header, Main, no constraints, level 3, id 0


@pytest.mark.parametrize(
    ("sps", "expected"),
    [
        # log2_max_frame_num 0, order type 2: output order is decoding order.
        pytest.param(MAIN + "1 011", 0, id="order type 2"),
        # order type 0, one reference, no gaps, 16x16, frames only, direct inference, no cropping, no VUI.
        pytest.param(MAIN + "1 1 1 010 0 1 1 1 1 0 0", 2, id="order type 0, nothing stated"),
        # order type 1 with one offset in its cycle.
        pytest.param(MAIN + "1 010 0 1 1 010 1 010 0 1 1 1 1 0 0", 2, id="order type 1, nothing stated"),
        # interlaced and cropped; a VUI without bitstream restriction.
        pytest.param(MAIN + "1 1 1 010 0 1 1 0 0 1 1 1 1 1 1 1 0 0 0 0 0 0 0 0 0", 2, id="VUI without restriction"),
        # extended aspect ratio, then a restriction that says 3.
        pytest.param(
            MAIN + "1 1 1 010 0 1 1 1 1 0 1 1 11111111" + "0" * 16 + "0" * 16 + "0 0 0 0 0 0 0 1 1 1 1 1 1 00100",
            3,
            id="extended aspect, three",
        ),
    ],
)
def test_parameter_sets_of_other_encoders(sps: str, expected: int) -> None:
    assert max_reorder_frames(avcc(escaped(bits(sps)))) == expected


def test_a_truncated_sps_is_refused() -> None:
    with pytest.raises(ValueError, match="ends early"):
        max_reorder_frames(avcc(bits(MAIN)[:5]))
