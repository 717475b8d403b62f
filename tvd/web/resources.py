"""Templates and static files: found in a checkout or an installed wheel, static ones held ready to send."""

import hashlib
import mimetypes
import re
from pathlib import Path
from posixpath import normpath
from typing import Final

import tvd
from tvd.errors import NotFoundError, TvdError
from tvd.web.answers import IMMUTABLE, NO_CACHE, Content

_IMPORT: Final = re.compile(r"""^(?:import|export)\b[^'"]*?['"](\.[^'"]+)['"];""", re.MULTILINE)
_REMARK: Final = re.compile(r"/\*\*.*?\*/|^[ \t]*//[^\n]*", re.MULTILINE | re.DOTALL)
_PACKAGE: Final = Path(tvd.__file__).resolve().parent
_TEXT: Final = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
# mimetypes reads the machine's own tables; what browsers insist on is said here.
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def folder(name: str) -> Path:
    """Return the folder ``templates`` or ``static``: inside the package in a wheel, beside it in a checkout."""
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise TvdError(f"the folder {name} is missing from this installation of tvd ({_PACKAGE})")


class StaticFiles:
    """Every static file in memory. Their URLs carry a hash of all of them, so they can be cached for ever.

    The hash is a folder of the URL rather than a query, so that relative references between the files keep it.
    """

    def __init__(self, root: Path) -> None:
        self._files: dict[str, Content] = {}
        digest = hashlib.blake2b(digest_size=6)
        for path in sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")):
            name, body = path.relative_to(root).as_posix(), path.read_bytes()
            if name.endswith(".js"):
                body = without_remarks(body.decode()).encode()
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
            self._files[name] = _content(name, body)
        self._version = digest.hexdigest()

    def url(self, name: str) -> str:
        """Return the URL of file ``name`` that can be cached for ever; raises ``KeyError`` when there is none."""
        self._files[name]
        return f"/static/{self._version}/{name}"

    def modules(self, *entries: str) -> tuple[str, ...]:
        """Return the URLs of the ES modules ``entries`` and of everything they import, to be fetched all at once.

        A browser learns of an import only when it has read who imports it; told beforehand it need not wait. What the
        first entry needs comes first.
        """
        found: dict[str, None] = {}
        for entry in entries:
            waiting = [entry]
            while waiting:
                name = waiting.pop(0)
                if name in found or name not in self._files:
                    continue
                found[name] = None
                if name.endswith(".js"):  # what others made (.mjs) stands alone
                    text = self._files[name].body.decode()
                    waiting += [normpath(f"{name}/../{path}") for path in _IMPORT.findall(text)]
        return tuple(map(self.url, found))

    def get(self, name: str) -> Content:
        """Return the file at ``name``, with or without the hash before it; raises :class:`NotFoundError`."""
        version, _, rest = name.partition("/")
        if version == self._version and rest in self._files:
            content = self._files[rest]
            return Content(content.body, content.content_type, IMMUTABLE, content.tag, content.zipped)
        # A page of the version before asks with its hash: it gets what there is, but not for ever.
        found = self._files.get(name) or self._files.get(rest)
        if found is None:
            raise NotFoundError("no such file")
        return found


def without_remarks(script: str) -> str:
    """Return one of our own scripts without its JSDoc and its lines of comment, a quarter of what would be sent.

    Lines stay where they are, so that a browser's messages name the right ones.
    """
    return _REMARK.sub(lambda found: "\n" * found[0].count("\n"), script)


def _content(name: str, body: bytes) -> Content:
    suffix = Path(name).suffix
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    made = Content.of(body, kind, NO_CACHE)
    return made if kind.startswith(_TEXT) else Content(body, kind, NO_CACHE, made.tag)
