"""How a source is turned into an asset, beside the house format: what an operator may choose per channel."""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

_VERSION: Final = 1
"""Raised when the normaliser's output changes for the same settings, so that old assets are made again."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """``loudness`` in LUFS, ``fit`` of other aspect ratios, preferred sound tracks (ISO 639, most wanted first).

    ``subtitles`` says what is burnt in (:mod:`tvd.media.burn`), ``subtitle_languages`` of which languages.
    """

    loudness: float = -18.0
    fit: Literal["pad", "crop", "blur"] = "pad"
    audio_language: tuple[str, ...] = ()
    subtitles: Literal["off", "forced", "burn"] = "off"
    subtitle_languages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that differ whenever the result would."""
        text = repr((_VERSION, self.loudness, self.fit, self.audio_language))
        if self.subtitles == "burn":
            text += repr((self.subtitles, self.subtitle_languages))
        elif self.subtitles == "forced":
            text += self.subtitles
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
