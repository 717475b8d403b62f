"""The application in this very process, where its patience can be shortened."""

import asyncio
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import structlog

from tvd import app
from tvd.config.load import load
from tvd.library import normaliser


async def test_a_channel_that_cannot_be_put_on_air_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a full disk, or a device that is taken: nothing can be encoded for a while."""
    monkeypatch.setattr(app, "AGAIN", 0.05)
    monkeypatch.setattr(normaliser, "FULL_PAUSE", 0)
    hindered, program = tmp_path / "hindered", tmp_path / "ffmpeg"
    hindered.touch()
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *-filter_complex*) [ -e {hindered} ] && exit 1;; esac\n'
        f'exec {shutil.which("ffmpeg")} "$@"\n'
    )
    program.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "config.toml"
    config.write_text(
        f'[server]\nhost = "127.0.0.1"\nport = {port}\n[storage]\nsource_min_free = "1MB"\n'
        f'[ffmpeg]\nbinary = "{program}"\n[house]\nwidth = 160\nheight = 90\npreset = "ultrafast"\n'
        'encoder = "libx264"\n[[channels]]\nnumber = 1\nname = "One"\ngenerator = "patterns"\n'
    )
    read = partial(load, config, {})
    television = app.App(read(), lambda overlay: read(overlay=overlay))
    with structlog.testing.capture_logs() as said:
        running = asyncio.create_task(television.run())

        async def until(what: Callable[[], object]) -> None:
            async with asyncio.timeout(20):
                while not running.done() and not what():
                    await asyncio.sleep(0.01)

        await until(lambda: any(line["event"] == "channel.refused" for line in said))
        hindered.unlink()
        await until(lambda: television._on_air)
        on_air = list(television._on_air)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert on_air == ["one"]
    assert [line["event"] for line in said].count("channel.refused") == 1
