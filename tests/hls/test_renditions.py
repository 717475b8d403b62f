"""The playlists of several sizes: what leads to which, read by another parser."""

import m3u8

from tvd.hls.playlist import (
    MediaPlaylist,
    MediaSegment,
    MultivariantPlaylist,
    Variant,
    VariantStream,
    render_media,
    render_multivariant,
)
from tvd.media.house import Grid

NOW = 836_000_000


def test_a_playlist_one_folder_below_finds_its_segments_beside_that_folder() -> None:
    segments = (MediaSegment(NOW, "640x360p30-aa"), MediaSegment(NOW + 1, "640x360p30-bb"))
    text = render_media(MediaPlaylist(Grid(30), segments, base="../"))
    read = m3u8.loads(text, uri="http://tv/hls/one/360p/index.m3u8")
    assert [segment.uri for segment in read.segments] == [f"../640x360p30-{x}/{NOW + n}.m4s" for n, x in enumerate("ab")
                                                         for x in [x * 2]]  # fmt: skip
    assert read.segments[0].init_section.uri == "../640x360p30-aa/init.mp4"
    assert [segment.discontinuity for segment in read.segments] == [False, True]
    assert text.replace("../", "") == render_media(MediaPlaylist(Grid(30), segments))


def test_every_variant_says_what_it_is_in_the_order_given() -> None:
    streams = (
        VariantStream("index.m3u8", Variant("avc1.64001F,mp4a.40.2", 1280, 720, 30, 4_497_612, 2_739_800)),
        VariantStream("360p/index.m3u8", Variant("avc1.64001E,mp4a.40.2", 640, 360, 30, 1_689_950, 1_071_200)),
    )
    read = m3u8.loads(render_multivariant(MultivariantPlaylist(streams)))
    assert [one.uri for one in read.playlists] == ["index.m3u8", "360p/index.m3u8"]
    for one, stream in zip(read.playlists, streams, strict=True):
        info, variant = one.stream_info, stream.variant
        assert info.resolution == (variant.width, variant.height)
        assert (info.bandwidth, info.average_bandwidth) == (variant.peak, variant.average)
        assert (info.codecs, info.frame_rate, info.video_range) == (variant.codecs, 30, "SDR")
