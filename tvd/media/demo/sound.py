"""Quiet sound from numpy: noises, tones and small events in loops without a seam, written as stereo WAV."""

import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tvd.media.house import SAMPLE_RATE

Mono = NDArray[np.floating[Any]]
Sound = NDArray[np.floating[Any]]
"""Shape ``(samples, 2)``, full scale 1."""

PENTATONIC: Final = (0, 2, 4, 7, 9)
_CEILING: Final = 0.7
_BLOCK: Final = 256
_PCM: Final = bytes.fromhex("0100000000001000800000aa00389b71")


def seconds(length: float) -> int:
    """Return a whole number of samples."""
    return round(length * SAMPLE_RATE)


def coloured(rng: np.random.Generator, samples: int, low: float, high: float, slope: float) -> Mono:
    """Return periodic noise between ``low`` and ``high`` Hz falling with ``f ** -slope`` (1: brown); deviation 1."""
    f = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE).astype(np.float32)
    band = (f >= low) & (f <= min(high * 2, SAMPLE_RATE / 2))
    part = f[band]
    weight = part**-slope / np.sqrt(1 + (part / high) ** 6) * np.minimum(1, (part - low) / (low + 1))
    spectrum = np.zeros(len(f), np.complex64)
    spectrum[band] = weight * np.exp(2j * np.pi * rng.random(len(part)))
    field = np.fft.irfft(spectrum, samples)
    out: Mono = (field / field.std()).astype(np.float32)
    return out


def lfo(samples: int, turns: int, phase: float = 0.0) -> Mono:
    """Return a slow sine 0 to 1 with ``turns`` whole periods in the loop."""
    blocks = -(-samples // _BLOCK)
    t = np.arange(blocks + 1, dtype=np.float64) * (_BLOCK * turns / samples) + phase
    coarse = (0.5 + 0.5 * np.sin(2 * np.pi * t)).astype(np.float32)
    fine = np.arange(_BLOCK, dtype=np.float32) / _BLOCK
    return (coarse[:-1, None] + np.diff(coarse)[:, None] * fine).reshape(-1)[:samples]


def _turn(samples: int) -> int:
    """Return the shortest part, at least two seconds, of which a loop of ``samples`` holds a whole number."""
    for times in range(samples // (2 * SAMPLE_RATE), 0, -1):
        if samples % times == 0:
            return samples // times
    return samples


def drone(samples: int, hertz: float, partials: tuple[float, ...] = (1.0,)) -> Mono:
    """Return a steady tone, nudged by a quarter of a hertz at most to fill the loop without a seam."""
    part = _turn(samples)
    turns = max(1, round(hertz * part / SAMPLE_RATE))
    phase = np.arange(part, dtype=np.int64) * turns % part
    wave_ = np.sin(np.arange(part, dtype=np.float32) * np.float32(2 * np.pi / part))
    total = np.zeros(part, np.float32)
    for number, amount in enumerate(partials, start=1):
        if amount:
            total += amount * wave_[phase * number % part]
    return np.tile(total, samples // part)


def note(hertz: float, length: float, attack: float = 0.01, brightness: float = 0.5) -> Mono:
    """Return one soft FM note dying away over ``length`` seconds, ending in silence."""
    t = np.arange(seconds(length), dtype=np.float32) / SAMPLE_RATE
    envelope = np.minimum(1, t / attack) * np.exp(-t * 5 / length) * np.clip((length - t) / 0.05, 0, 1)
    w = 2 * np.pi * hertz
    return (envelope * np.sin(w * t + brightness * np.exp(-t * 8 / length) * np.sin(2 * w * t))).astype(np.float32)


def pitch(root: float, step: int, scale: tuple[int, ...] = PENTATONIC) -> float:
    """Return the frequency of ``step`` of ``scale`` above ``root`` hertz."""
    octave, degree = divmod(step, len(scale))
    return float(root * 2 ** (octave + scale[degree] / 12))


def place(track: Sound, sample: int, event: Mono, gain: float, pan: float = 0.0) -> None:
    """Add ``event`` to ``track`` in place at ``sample``, wrapping round its end; ``pan`` -1 left to 1 right."""
    left, right = np.sqrt((1 - pan) / 2), np.sqrt((1 + pan) / 2)
    stereo = event[:, None] * (gain * np.array([left, right], np.float32))
    start = sample % len(track)
    first = min(len(stereo), len(track) - start)
    track[start : start + first] += stereo[:first]
    rest = len(stereo) - first
    if rest:
        track[:rest] += stereo[first:]


def stereo(left: Mono, right: Mono | None = None) -> Sound:
    """Return two channels."""
    return np.stack([left, left if right is None else right], axis=1)


def echo(track: Sound, delay: float, amount: float, times: int = 4) -> None:
    """Add echoes in place, ``delay`` seconds apart, changing sides, wrapping round the loop."""
    dry = track.copy()
    for number in range(1, times + 1):
        wet = np.roll(dry, seconds(delay) * number, axis=0) * amount**number
        track += wet[:, ::-1] if number % 2 else wet


def write(path: Path, sound: Sound) -> None:
    """Write 16-bit PCM; what is louder than the ceiling is bent softly instead of clipped."""
    loud = np.abs(sound) > _CEILING
    if loud.any():
        over = np.abs(sound[loud]) - _CEILING
        sound = sound.copy()
        sound[loud] = np.sign(sound[loud]) * (_CEILING + (1 - _CEILING) * 0.8 * np.tanh(over))
    data = (sound * 32767).astype("<i2").tobytes()
    rate, frame = SAMPLE_RATE, 4
    # The extensible header names the speakers; a plain one makes ffmpeg guess them, and say so.
    form = struct.pack("<HHIIHHHHI16s", 0xFFFE, 2, rate, rate * frame, frame, 16, 22, 16, 0x3, _PCM)
    head = b"RIFF" + struct.pack("<I", 4 + 8 + len(form) + 8 + len(data)) + b"WAVEfmt " + struct.pack("<I", len(form))
    path.write_bytes(head + form + b"data" + struct.pack("<I", len(data)) + data)
