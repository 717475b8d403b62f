"""Having files described: NFO files at once, names (which takes longer) when there is time for it.

One at a time, a batch of files after another, in a library child; what is learnt goes into the folders and the
catalogue. A batch that fails is tried file by file, so that one bad file costs only itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from tvd import logs
from tvd.errors import SourceRefusedError
from tvd.library.catalogue import Catalogue
from tvd.library.folder import File, Folder
from tvd.media.describing import Description
from tvd.media.readers import Readers, StalledError, UnreadableError

_BATCH: Final = 24
"""Files a child describes in one go: a quarter of a second of guessing."""
_log = logs.get("library")


class Describer:
    """Describes the files of ``folders`` as they ask for it (``Folder.unread``, ``Folder.undescribed``).

    ``changed`` is called when sources changed. Until :meth:`guess` only NFO files are read.
    """

    def __init__(
        self, readers: Readers, catalogue: Catalogue, folders: Sequence[Folder], changed: Callable[[], None]
    ) -> None:
        self._readers = readers
        self._catalogue = catalogue
        self._folders = folders
        self._changed = changed
        self._poked = asyncio.Event()
        self._names = False
        self._turn = 0
        self.by_content: dict[str, Description] = {}
        """What was said of some content last: a renamed file is called so until it is described again."""

    def poke(self) -> None:
        """Look for work soon."""
        self._poked.set()

    def guess(self) -> None:
        """Guess from names as well from now on."""
        self._names = True
        self.poke()

    def busy(self, folder: Folder) -> bool:
        """Whether files of ``folder`` are still to be described."""
        return bool(folder.undescribed if self._names else folder.unread)

    async def run(self) -> None:
        """Describe for ever."""
        while True:
            self._poked.clear()
            while (turn := self._next()) is not None:
                await self._describe(*turn, names=self._names)
                self._changed()
            await self._poked.wait()

    def _next(self) -> tuple[Folder, list[File]] | None:
        """Take the next files, from each folder in turn."""
        for _ in range(len(self._folders)):
            self._turn = (self._turn + 1) % len(self._folders)
            folder = self._folders[self._turn]
            if files := list(islice((folder.undescribed if self._names else folder.unread).values(), _BATCH)):
                return folder, files
        return None

    async def _describe(self, folder: Folder, files: Sequence[File], *, names: bool) -> None:
        # Taken before asking: what changes meanwhile is described again.
        stamps = [file.beside for file in files]
        try:
            found = await self._readers.describe(folder.path, [file.path for file in files], names=names)
        except (UnreadableError, SourceRefusedError) as error:
            if len(files) > 1 and not isinstance(error, StalledError):
                for file in files:
                    await self._describe(folder, [file], names=names)
                return
            # A mount that hangs, or a name that kills: asked again when the folder has been listed again.
            _log.warning("metadata.refused", path=files[0].path, files=len(files), reason=str(error))
            for file in files:
                folder.put_off(file)
            return
        for file, beside, description in zip(files, stamps, found, strict=True):
            for refusal in set(description.refused) - set(file.description.refused):
                _log.warning("metadata.refused", path=file.path, reason=refusal)
            folder.describe(file, description, beside, complete=names)
            self.by_content[file.source.id] = file.description
            if names:
                self._catalogue.put_description(file.entry.path, beside, description)
