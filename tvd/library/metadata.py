"""What is known about a programme beyond its length: the words and the picture the guide shows. Values only."""

import msgspec


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a source is about; empty (``None``, ``()``) where nobody said.

    ``title`` is of the film or the episode, ``series`` of what an episode belongs to; ``season`` and ``episode`` count
    from 1 (season 0: specials). ``artist`` is a musician, director or author. ``rating`` is the age rating as it is
    written ("12", "PG-13"). ``genres`` and ``tags`` are as written, compared without case. ``language`` is ISO 639.
    ``art`` names a picture in the art store, empty: none yet.
    """

    title: str = ""
    artist: str = ""
    year: int | None = None
    description: str = ""
    series: str = ""
    season: int | None = None
    episode: int | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    rating: str = ""
    language: str = ""
    art: str = ""
