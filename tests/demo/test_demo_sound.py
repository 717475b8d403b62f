"""Sound loops have no seam and do not clip."""

from pathlib import Path

import numpy as np
import pytest

from tvd.media import demo
from tvd.media.demo import sound
from tvd.media.house import Grid, HouseFormat

SMALL = HouseFormat(Grid(25), 160, 90)
PROGRAMMES = [part.id for generator in demo.GENERATORS.values() for part in generator.programmes()]


@pytest.mark.parametrize("programme_id", PROGRAMMES)
def test_the_loop_joins_without_a_click(programme_id: str, tmp_path: Path) -> None:
    demo.inputs(programme_id, SMALL, tmp_path)
    raw = np.fromfile(tmp_path / "sound.wav", np.uint8)[68:].view("<i2").reshape(-1, 2) / 32768
    assert 15 <= len(raw) / sound.SAMPLE_RATE <= 65
    step = np.abs(raw[0] - raw[-1]).max()
    # No larger than steps within the programme itself, away from its own events.
    assert step <= np.quantile(np.abs(np.diff(raw[:, 0])), 0.9999) + 1e-4


@pytest.mark.parametrize("hertz", [50.0, 110.0, 277.18])
def test_a_drone_fills_its_loop_with_whole_periods(hertz: float) -> None:
    samples = 5 * 102_400
    tone = sound.drone(samples, hertz)
    spectrum = np.abs(np.fft.rfft(tone))
    peak = int(spectrum.argmax())
    assert abs(peak * sound.SAMPLE_RATE / samples - hertz) <= 0.25
    assert spectrum[peak] > 0.999 * np.sqrt((spectrum**2).sum())


def test_too_loud_is_bent_not_clipped(tmp_path: Path) -> None:
    loud = sound.stereo(np.linspace(-3, 3, 4800, dtype=np.float32))
    sound.write(tmp_path / "loud.wav", loud)
    raw = np.fromfile(tmp_path / "loud.wav", np.uint8)[68:].view("<i2")
    assert np.abs(raw.astype(int)).max() < 32_000
    assert (np.diff(raw.reshape(-1, 2)[:, 0].astype(int)) >= 0).all()
