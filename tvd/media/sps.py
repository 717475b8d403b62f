"""The one thing tvd reads from an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1 and E.1.1)."""

from typing import Final

_HIGH_PROFILES: Final = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))
_EXTENDED_SAR: Final = 255
_UNSTATED: Final = 2
"""Frames of reordering assumed when a stream may reorder and does not say how far: what x264's pyramid needs."""


def max_reorder_frames(avcc: bytes) -> int:
    """Return ``max_num_reorder_frames`` of the first SPS in an AVCDecoderConfigurationRecord.

    That many frames a decoder holds back before it shows the first; decode time is presentation time minus this.
    """
    length = int.from_bytes(avcc[6:8], "big")
    bits = _Bits(avcc[8 : 8 + length])
    bits.skip(8)  # NAL header
    profile = bits.read(8)
    bits.skip(16)  # constraints, level
    bits.golomb()  # seq_parameter_set_id
    if profile in _HIGH_PROFILES:
        _skip_chroma(bits)
    bits.golomb()  # log2_max_frame_num_minus4
    if _order_type(bits) == 2:
        return 0
    bits.golomb()  # max_num_ref_frames
    bits.skip(1)
    bits.golomb()  # width
    bits.golomb()  # height
    if not bits.read(1):
        bits.skip(1)
    bits.skip(1)
    if bits.read(1):
        for _ in range(4):
            bits.golomb()  # cropping
    return _reorder_of_vui(bits) if bits.read(1) else _UNSTATED


def _skip_chroma(bits: "_Bits") -> None:
    if bits.golomb() == 3:
        bits.skip(1)
    bits.golomb()
    bits.golomb()
    bits.skip(1)
    if bits.read(1):
        raise ValueError("scaling matrices in the SPS are not a house format")


def _order_type(bits: "_Bits") -> int:
    order_type = bits.golomb()
    if order_type == 0:
        bits.golomb()
    elif order_type == 1:
        bits.skip(1)
        bits.golomb()
        bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    return order_type


def _reorder_of_vui(bits: "_Bits") -> int:
    if bits.read(1) and bits.read(8) == _EXTENDED_SAR:
        bits.skip(32)
    if bits.read(1):
        bits.skip(1)  # overscan
    if bits.read(1):
        bits.skip(4)  # video format, full range
        if bits.read(1):
            bits.skip(24)
    if bits.read(1):
        bits.golomb()
        bits.golomb()  # chroma location
    if bits.read(1):
        bits.skip(65)  # timing
    hypothetical = [bits.read(1) and _skip_hrd(bits) for _ in range(2)]
    if any(hypothetical):
        bits.skip(1)
    bits.skip(1)
    if not bits.read(1):
        return _UNSTATED
    bits.skip(1)
    for _ in range(4):
        bits.golomb()
    return bits.golomb()


def _skip_hrd(bits: "_Bits") -> bool:
    count = bits.golomb() + 1
    bits.skip(8)
    for _ in range(count):
        bits.golomb()
        bits.golomb()
        bits.skip(1)
    bits.skip(20)
    return True


class _Bits:
    """Bits of a NAL unit, emulation prevention removed. Reading beyond the end gives zeroes."""

    def __init__(self, nal: bytes) -> None:
        plain = nal.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(plain, "big")
        self._left = len(plain) * 8

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("SPS ends early")
        return self._value >> self._left & (1 << count) - 1

    def skip(self, count: int) -> None:
        self.read(count)

    def golomb(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)
