"""Calibrating a house: its slate is made with the real settings, and the parameter sets it gets name the generation.

The generation is known with the slate's first segment, a few tenths of a second after the start; the rest of the slate
is made while others begin. What a calibration gave is kept in the store for each version of ffmpeg.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tvd import logs
from tvd.library.asset import Asset, Generation
from tvd.library.job import Job, Means
from tvd.library.store import AssetStore
from tvd.media.ffmpeg import Ffmpeg
from tvd.media.house import HouseFormat
