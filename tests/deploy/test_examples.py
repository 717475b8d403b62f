"""The examples of deploy/, checked by the programs they are for."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.metrics import MetricWrapperBase

from tvd import metrics

DEPLOY = Path(__file__).parents[2] / "deploy"


def program(name: str) -> str:
    """Return the path of a program; Debian keeps servers where only root's PATH looks."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert found, f"{name} is not installed; make test-programs tells more"
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
async def asked() -> AsyncIterator[tuple[Counter[str], int]]:
    """A server that answers as tvd does and counts what it was asked; and its port."""
    counts: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.Response:
        counts[request.path] += 1
        await asyncio.sleep(0)
        if request.path.endswith(".m3u8"):
            return web.Response(text="#EXTM3U\n", headers={"Cache-Control": "no-cache"})
        return web.Response(body=b"segment", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()
    yield counts, port
    await runner.cleanup()


@pytest.fixture
async def proxy(asked: tuple[Counter[str], int], tmp_path: Path) -> AsyncIterator[str]:
    """The example's nginx before that server, at other ports and paths; yields its address."""
    port = free_port()
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Started by root its workers would be someone else, who may not enter the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        ("127.0.0.1:8080", f"127.0.0.1:{asked[1]}"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:80;", ""),
        ("/var/cache/nginx/tvd", f"{tmp_path}/cache"),
        ("worker_processes auto;", f"{user} worker_processes 1; daemon off; pid {tmp_path}/pid; error_log stderr;"),
        ("http {", f"http {{\naccess_log off;\n{temporary}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    conf = tmp_path / "nginx.conf"
    conf.write_text(text)
    argv = [program("nginx"), "-e", "stderr", "-p", str(tmp_path), "-c", str(conf)]
    await asyncio.to_thread(subprocess.run, [*argv, "-t"], check=True, capture_output=True)
    server = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                break
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    await server.wait()


async def test_any_number_of_viewers_costs_one(proxy: str, asked: tuple[Counter[str], int]) -> None:
    paths = ("/hls/one/720p30-abc/1.m4s", "/hls/one/720p30-abc/init.mp4")
    async with aiohttp.ClientSession() as session:

        async def get(path: str) -> bytes:
            async with session.get(proxy + path) as response:
                assert response.status == 200
                return await response.read()

        for path in paths:
            assert set(await asyncio.gather(*(get(path) for _ in range(50)))) == {b"segment"}
        # A second may pass between two of them, so a playlist may be asked for twice.
        await asyncio.gather(*(get("/hls/one/index.m3u8") for _ in range(50)))
        await get("/api/channels")
        await get("/api/channels")
    assert [asked[0][path] for path in paths] == [1, 1]
    assert asked[0]["/hls/one/index.m3u8"] <= 3
    assert asked[0]["/api/channels"] == 2


def test_prometheus_takes_its_configuration_and_alerts() -> None:
    done = subprocess.run(
        [program("promtool"), "check", "config", str(DEPLOY / "prometheus.yml")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_of_the_alerts_exists() -> None:
    existing = {metric._name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}
    named = re.findall(r"tvd_\w+", (DEPLOY / "alerts.yml").read_text())
    assert named
    assert {re.sub(r"_(total|bucket)$", "", name) for name in named} <= existing
