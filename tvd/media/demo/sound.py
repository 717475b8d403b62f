"""Quiet sound from numpy: noises, tones and small events in loops without a seam, written as stereo WAV."""

import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tvd.media.house import SAMPLE_RATE

Mono = NDArray[np.float32]
Sound = NDArray[np.float32]
"""Shape ``(samples, 2)``, full scale 1."""

PENTATONIC: Final = (0, 2, 4, 7, 9)
_CEILING: Final = 0.7


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
    return (field / field.std()).astype(np.float32)


def lfo(samples: int, turns: int, phase: float = 0.0) -> Mono:
    """Return a slow sine 0 to 1 with ``turns`` whole periods in the loop."""
    t = np.linspace(0, turns, 1 + samples // 256, dtype=np.float32)
    coarse = 0.5 + 0.5 * np.sin(2 * np.pi * (t + phase))
    places = np.arange(samples, dtype=np.float32) * ((len(t) - 1) / samples)
    return np.interp(places, np.arange(len(t)), coarse).astype(np.float32)


def drone(samples: int, hertz: float, partials: tuple[float, ...] = (1.0,)) -> Mono:
    """Return a steady tone; its frequency is nudged so that whole periods fill the loop."""
    turns = max(1, round(hertz * samples / SAMPLE_RATE))
    phase = np.arange(samples, dtype=np.float64) * (turns / samples) % 1.0
    base = (2 * np.pi * phase).astype(np.float32)
    total = np.zeros(samples, np.float32)
    for number, amount in enumerate(partials, start=1):
        if amount:
            total += amount * np.sin(base * number)
    return total


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
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
