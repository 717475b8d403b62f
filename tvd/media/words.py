"""The words that describe a programme, as a value: what an NFO file, tags or a file's name say of it."""

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What something is about; empty (``None``, ``()``) where nobody said.

    ``title`` is of the film or the episode, ``series`` of what an episode belongs to; ``season`` and ``episode`` count
    from 1 (season 0: specials). ``artist`` is a musician, director or author. ``rating`` is the age rating as it is
    written ("12", "PG-13"). ``genres`` and ``tags`` are as written, compared without case. ``language`` is ISO 639.
    All text is plain, on one line, without control characters and of bounded length (:mod:`tvd.media.clean`).
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
