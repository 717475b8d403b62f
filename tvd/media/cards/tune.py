"""A channel's own little melody: a few soft bells over a breath of harmony, different for every channel."""

from fractions import Fraction
from typing import Final

import numpy as np

from tvd.media.cards.card import Card
from tvd.media.cards.look import random
from tvd.media.demo import sound as tone
from tvd.media.house import SAMPLE_RATE

_ROOTS: Final = (220.0, 233.08, 246.94, 261.63, 277.18, 293.66)
_SHAPES: Final = (
    (0, 2, 4, 5),
    (2, 4, 3, 5),
    (4, 2, 3, 5),
    (0, 3, 2, 5),
    (5, 4, 2, 3),
    (0, 4, 5, 7),
    (3, 2, 4, 5),
    (2, 0, 3, 5),
)
"""Steps of the pentatonic scale: each ends where one can stay."""
_RHYTHMS: Final = ((0.0, 0.42, 0.84, 1.26), (0.0, 0.3, 0.9, 1.2), (0.0, 0.6, 0.9, 1.5), (0.0, 0.36, 0.72, 1.44))
_FADE: Final = 1.2
"""Seconds in which everything has died away at the end."""


def motif(card: Card) -> tuple[float, list[tuple[float, int]]]:
    """Return the root in hertz and the notes of the channel's melody: when (seconds) and which step of the scale."""
    dice = random(card, 20)
    root = _ROOTS[int(dice.integers(len(_ROOTS)))]
    shape = _SHAPES[int(dice.integers(len(_SHAPES)))]
    rhythm = _RHYTHMS[int(dice.integers(len(_RHYTHMS)))]
    return root, list(zip(rhythm, shape, strict=True))


def _bells(track: tone.Sound, notes: list[tuple[float, int]], root: float, start: float, gain: float) -> None:
    for number, (at, step) in enumerate(notes):
        last = number == len(notes) - 1
        hertz = tone.pitch(root, step)
        event = tone.note(hertz, 3.2 if last else 2.2, 0.006, 0.42)
        tone.place(track, tone.seconds(start + at), event, gain, 0.5 * (-1) ** number * 0.6)
        # An octave above, hardly there: the bell's shine.
        tone.place(track, tone.seconds(start + at), tone.note(hertz * 2, 1.2, 0.004, 0.2), gain * 0.22)


def _pad(samples: int, root: float, gain: float) -> tone.Sound:
    sides = []
    for side in (0.0, 0.4):
        pad = np.zeros(samples, np.float32)
        for number, step in enumerate((0, 2, 4)):
            swell = 0.45 + 0.55 * tone.lfo(samples, 1, side + number / 3)
            pad += tone.drone(samples, tone.pitch(root / 2, step), (1.0, 0.18, 0.05)) * swell
        sides.append(pad * gain)
    return tone.stereo(*sides)


def _closed(track: tone.Sound) -> tone.Sound:
    """Let the track begin and end in silence: it is heard once."""
    count = tone.seconds(_FADE)
    track[-count:] *= (np.linspace(1, 0, count, dtype=np.float32) ** 1.5)[:, None]
    rise = tone.seconds(0.5)
    track[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, None]
    return track


def chime(card: Card, seconds: Fraction) -> tone.Sound:
    """Return the ident's melody, softer and lower at night."""
    night = card.light == "night"
    root, notes = motif(card)
    root *= 0.5 if night else 1.0
    track = _pad(int(seconds * SAMPLE_RATE), root, 0.014 if night else 0.020)
    _bells(track, notes, root * 2, 0.6, 0.11 if night else 0.17)
    tone.echo(track, 0.33, 0.34)
    return _closed(track)


def murmur(card: Card, seconds: Fraction) -> tone.Sound:
    """Return what is heard under an announcement: two notes of the melody, quietly."""
    root, notes = motif(card)
    track = _pad(int(seconds * SAMPLE_RATE), root, 0.016)
    _bells(track, [(0.0, notes[0][1]), (0.5, notes[-1][1])], root, 0.5, 0.075)
    tone.echo(track, 0.4, 0.3)
    return _closed(track)


def farewell(card: Card, seconds: Fraction, *, morning: bool = False) -> tone.Sound:
    """Return the melody slowly: backwards and downwards for the night, upwards for the morning."""
    root, notes = motif(card)
    steps = [step for _, step in notes]
    steps = [*steps, steps[-1] + 2] if morning else [*reversed(steps), 0]
    pace = 0.7 if morning else 1.1
    track = _pad(int(seconds * SAMPLE_RATE), root / (1 if morning else 2), 0.020)
    _bells(track, [(number * pace, step) for number, step in enumerate(steps)], root * (2 if morning else 1), 1.0, 0.13)
    tone.echo(track, 0.45, 0.4)
    return _closed(track)


def night_air(card: Card, seconds: Fraction) -> tone.Sound:
    """Return the night: wind far away and now and then one bell; a loop without a seam."""
    samples = int(seconds * SAMPLE_RATE)
    dice = random(card, 21)
    root, notes = motif(card)
    wind = [
        tone.coloured(dice, samples, 60, 420, 0.9) * (0.35 + 0.65 * tone.lfo(samples, 3, side)) * 0.006
        for side in (0.0, 0.3)
    ]
    track = tone.stereo(*wind)
    track += _pad(samples, root / 2, 0.006)
    for number in range(int(seconds / 16)):
        at = number * 16 + float(dice.random()) * 9
        step = notes[int(dice.integers(len(notes)))][1]
        tone.place(
            track, tone.seconds(at), tone.note(tone.pitch(root, step), 5.0, 0.02, 0.25), 0.022, dice.uniform(-0.6, 0.6)
        )
    return track
