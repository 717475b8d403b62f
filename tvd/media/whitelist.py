"""What a source may be: the protocols, demuxers and decoders that ffmpeg and PyAV may use on an operator's file.

Everything that can refer to another file or to the network (playlists, ``concat``, image patterns, external
references) and everything exotic enough to be an attack surface and nothing else is left out. Names are ffmpeg's, of
all versions that tvd supports: an unknown name does no harm.
"""

from typing import Final

PROTOCOLS: Final = "file"
"""For ``protocol_whitelist``: sources are local files and can refer to nothing else."""

_DEMUXERS: Final = """
mov mp4 matroska webm avi mpegts mpeg mpegvideo m4v h264 hevc av1 obu ivf flv live_flv asf ogg rm dv mxf gxf nut nsv wtv
vc1 h263 mjpeg yuv4mpegpipe
wav w64 mp3 aac ac3 eac3 dts dtshd truehd mlp flac ape wv tta tak mpc mpc8 aiff caf au amr amrnb amrwb shn dsf iff oma
"""

_VIDEO_DECODERS: Final = """
h264 hevc av1 libdav1d libaom-av1 vp8 vp9 libvpx libvpx-vp9 vp6 vp6a vp6f vp3 theora
mpeg1video mpeg2video mpegvideo mpeg4 msmpeg4v1 msmpeg4v2 msmpeg4 msmpeg4v3 wmv1 wmv2 wmv3 vc1 flv h261 h263 h263i h263p
svq1 svq3 cinepak indeo3 indeo4 indeo5 rv10 rv20 rv30 rv40 dvvideo dnxhd prores ffv1 huffyuv ffvhuff utvideo
magicyuv lagarith cfhd hap qtrle rpza msvideo1 8bps mjpeg mjpegb ljpeg png apng gif webp bmp
rawvideo v210 v308 v408 v410 r210 yuv4 snow dirac hqx
"""

_AUDIO_DECODERS: Final = """
aac aac_latm mp1 mp1float mp2 mp2float mp3 mp3float mp3adu mp3adufloat mp3on4 mp3on4float ac3 eac3 dca truehd mlp
flac alac vorbis libvorbis opus libopus speex libspeex wmav1 wmav2 wmapro wmalossless wmavoice
amrnb amrwb libopencore_amrnb libopencore_amrwb cook ra_144 ra_288 sipr ralf atrac1 atrac3 atrac3al atrac3p atrac3pal
ape wavpack tta tak mpc7 mpc8 shorten qdm2 qdmc mace3 mace6 nellymoser gsm gsm_ms
dsd_lsbf dsd_msbf dsd_lsbf_planar dsd_msbf_planar
pcm_u8 pcm_s8 pcm_s8_planar pcm_s16le pcm_s16be pcm_s16le_planar pcm_s16be_planar pcm_u16le pcm_u16be pcm_s24le
pcm_s24be pcm_s24le_planar pcm_u24le pcm_u24be pcm_s32le pcm_s32be pcm_s32le_planar pcm_u32le pcm_u32be pcm_f32le
pcm_f32be pcm_f64le pcm_f64be pcm_alaw pcm_mulaw pcm_dvd pcm_bluray pcm_lxf s302m
adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf adpcm_yamaha adpcm_g722 g722 adpcm_g726 g726 g729
"""

DEMUXERS: Final = ",".join(_DEMUXERS.split())
"""For ``format_whitelist``."""
DECODERS: Final = ",".join((_VIDEO_DECODERS + _AUDIO_DECODERS).split())
"""For ``codec_whitelist``."""


def source_options(protocols: str = PROTOCOLS, decoders: str = "") -> dict[str, str]:
    """Return the options under which a source is opened, for PyAV's ``options=`` or, with dashes, ffmpeg's argv.

    ``decoders`` are some more that may be used: those of the one subtitle track that is burnt in.
    """
    return {
        "protocol_whitelist": protocols,
        "format_whitelist": DEMUXERS,
        "codec_whitelist": f"{DECODERS},{decoders}" if decoders else DECODERS,
    }
