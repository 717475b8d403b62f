"""What is known about a programme beyond its length: the words and the picture the guide shows. Values only."""

from tvd.media.words import Words


class Metadata(Words, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a source is about; empty (``None``, ``()``) where nobody said. The words are those of :class:`Words`.

    ``art`` names a picture in the art store (``0123456789abcdef.jpg``), empty: none yet.
    """

    art: str = ""

    @property
    def episodic(self) -> bool:
        """Whether it is an episode: the guide shows its series as the title and its title below."""
        return bool(self.series)

    @property
    def episode_label(self) -> str:
        """Season and episode as people write them: ``S02 E05``; empty when neither is known."""
        parts = (("S", self.season), ("E", self.episode))
        return " ".join(f"{letter}{number:02}" for letter, number in parts if number is not None)

    @property
    def label(self) -> str:
        """Its title on one line: ``Night Train``, ``Fargo S02 E05 – The Gift``; empty when it has none."""  # noqa: RUF002
        if not self.episodic:
            return self.title
        head = " ".join(filter(None, (self.series, self.episode_label)))
        return f"{head} – {self.title}" if self.title else head  # noqa: RUF001 - a dash between names
