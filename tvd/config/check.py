"""What no single value shows: folders against the data folder, addresses, programs. Looks at the machine."""

import ipaddress
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tvd.config.channels import Draft
from tvd.config.fields import Reader, shown
from tvd.config.model import Config
from tvd.errors import ConfigFault


def server(reader: Reader, config: Config, where: str) -> None:
    """Check the addresses of ``[server]``."""
    for place, proxy in enumerate(config.server.trusted_proxies, 1):
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            what = f'{shown(proxy)} is no address or network such as "127.0.0.1" or "10.0.0.0/8"'
            reader.fault(where, f"server.trusted_proxies[{place}]", what)
    url = config.server.public_url
    if url and not _absolute(url):
        what = f'{shown(url)} is no address of a site such as "https://tv.example.org"'
        reader.fault(where, "server.public_url", what)


def _absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check: it raises when it is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment


def program(reader: Reader, binary: str, where: str, key: str) -> str:
    """Return ``ffmpeg.binary`` with its path made absolute; a program that is not there is a fault."""
    if binary == "auto":
        return binary
    if "/" in binary or binary.startswith("~"):
        binary = str(reader.resolve(binary))
    if shutil.which(binary) is None:
        reader.fault(where, key, f'{shown(binary)} is no program that can be run here; "auto" finds one')
    return binary


def data_folder(reader: Reader, data: Path, where: str) -> None:
    """Try for real whether the data folder can be written; nothing is left behind."""
    folder = data
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    try:
        if folder == data:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
        else:  # not there yet: what matters is whether it can be made
            tempfile.TemporaryDirectory(prefix=".tvd-", dir=folder).cleanup()
    except OSError as error:
        what = f"{shown(str(data))} cannot be written ({error.strerror} at {folder}): name a folder tvd may write"
        reader.fault(where, "storage.data", what)


def folders(reader: Reader, drafts: list[Draft], data: Path) -> list[ConfigFault]:
    """Keep library and data apart; return a warning for each library folder that cannot be read now."""
    warnings = []
    home = data.resolve()
    for draft in drafts:
        for key, folder in _named(draft):
            real = folder.resolve()
            if real == home or home in real.parents:
                what = f"{shown(str(folder))} is in the data folder {data}: tvd would air its own files"
                reader.fault(draft.where, key, f"{what}; move one of them")
            elif real in home.parents:
                what = f"{shown(str(folder))} contains the data folder {data}: tvd would air its own files"
                reader.fault(draft.where, key, f"{what}; move one of them, or name folders beside it")
            elif folder.is_file():
                reader.fault(draft.where, key, f"{shown(str(folder))} is a file; name the folder it is in")
            elif not folder.is_dir():
                what = f"{shown(str(folder))} is not there; the channel airs it as soon as it appears"
                warnings.append(ConfigFault(draft.where, key, what))
            elif not os.access(folder, os.R_OK | os.X_OK):
                what = f"{shown(str(folder))} cannot be read by this user; allow reading and entering it"
                warnings.append(ConfigFault(draft.where, key, what))
    return warnings


def _named(draft: Draft) -> Iterator[tuple[str, Path]]:
    """Yield every folder a channel names, with its key."""
    tables: list[tuple[str, object]] = [(draft.key, draft.values)]
    for kind in ("blocks", "events"):
        for place, one in enumerate(draft.values.get(kind, ()), 1):
            tables.append((f"{draft.key}.{kind}[{place}]", one))
            picks = enumerate(getattr(one, "picks", ()), 1)
            tables += [(f"{draft.key}.{kind}[{place}].picks[{number}]", pick) for number, pick in picks]
    for at, table in tables:
        for name in ("folders", "idents", "bumpers", "fillers", "sign_off", "sign_on"):
            named = table.get(name, ()) if isinstance(table, dict) else getattr(table, name, ())
            for number, folder in enumerate(named, 1):
                yield f"{at}.{name}[{number}]", folder
