"""Being told of changes in local folders, as long as a scope lasts; the watching itself happens in a child."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tvd.media.process import Limits, child
from tvd.media.readers import module_argv, module_environment

_MODULE: Final = "tvd.media.watch_child"
_LIMITS: Final = Limits(file_size=0, nice=5)
_decode: Final = msgspec.json.Decoder(list[bytes] | str).decode


async def watch(folders: Sequence[Path], ready: Callable[[], None], changed: Callable[[list[str]], None]) -> str:
    """Call ``ready`` once ``folders`` are watched, then ``changed`` with paths in them; return why it ended.

    Not for network mounts: they do not report what other machines change. Runs until cancelled otherwise. Raises
    ``OSError`` when its child cannot be started, ``ValueError`` when that talks nonsense.
    """
    argv = module_argv(_MODULE, *map(str, folders))
    async with child(argv, stdin=True, stdout=True, limits=_LIMITS, env=module_environment(), buffer=2**24) as it:
        while line := await it.stdout.readline():
            heard = _decode(line)
            if isinstance(heard, str):
                return heard
            if heard:
                changed([os.fsdecode(path) for path in heard])
            else:
                ready()
        return (await it.wait()).describe()
