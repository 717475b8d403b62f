"""axe-core finds nothing on any state of the pages, and everything can be reached by the keyboard."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page
from sofa import Sit, Station

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Three times enlarged, 1440 by 900 is 480 by 300 (WCAG 2.2, 1.4.10 asks for reflow down to 320 wide).
ENLARGED = {"viewport": {"width": 480, "height": 300}}
RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`))"""
PANELS = {"list": "l", "guide": "g", "info": "i", "settings": "o"}


def test_axe_is_what_its_table_says() -> None:
    [checksum] = re.findall(r"`([0-9a-f]{64})`", (VENDOR / "README.md").read_text())
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == checksum


async def violations(page: Page) -> list[str]:
    # Things on their way in are half transparent; what counts is how they end.
    await page.wait_for_function("() => document.getAnimations().every(({ playState }) => playState !== 'running')")
    found = await page.evaluate(RUN)
    assert isinstance(found, list)
    return found


async def settle(make: Sit, station: Station, **options: Any) -> Any:
    viewer = await make(reduced_motion="reduce", **options)
    # From outside the page: its own policy rightly forbids to add scripts.
    await viewer.page.add_init_script(path=AXE)
    await viewer.page.add_init_script("localStorage.setItem('tvd.night', 'off')")
    await viewer.page.goto(f"{station.url}/watch/late-night")
    await viewer.tuned("late-night")
    return viewer


@pytest.mark.parametrize("options", [{}, PHONE, ENLARGED], ids=["sofa", "phone", "enlarged"])
async def test_axe_finds_nothing(station: Station, sit: Sit, options: dict[str, Any]) -> None:
    viewer = await settle(sit, station, **options)
    page = viewer.page
    await page.mouse.move(100, 100)
    found = {"banner": await violations(page)}
    for name, key in PANELS.items():
        await page.keyboard.press(key)
        await page.wait_for_selector(f"body[data-panel={name}]")
        if name == "guide":
            await page.wait_for_selector(".guide-cell.airs")
        found[name] = await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        await page.keyboard.press("Escape")
        await page.wait_for_selector("body:not([data-panel])")
    await page.keyboard.press("n")
    await page.wait_for_selector("body.night")
    found["night"] = await violations(page)
    await page.keyboard.press("?")
    await page.wait_for_selector("#help[open]")
    found["help"] = await violations(page)
    await page.keyboard.press("Escape")
    await page.evaluate("document.getElementById('goodnight').hidden = false")
    found["good night"] = await violations(page)
    await page.goto(f"{station.url}/remote")
    await page.wait_for_selector("#pair:not([hidden])")
    found["pairing"] = await violations(page)
    await page.evaluate("document.getElementById('pair').hidden = true; document.getElementById('keys').hidden = false")
    found["remote"] = await violations(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert viewer.complaints == []


async def test_the_keyboard_alone_reaches_everything(station: Station, sit: Sit) -> None:
    viewer = await settle(sit, station)
    page = viewer.page
    reached = []
    for _ in range(11):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id"))
    for name in ("up", "down", "mute", "volume", "list-toggle", "guide-toggle", "info-toggle", "setup-toggle", "full"):
        assert name in reached
    assert not [name for name in reached if name.startswith(("set-", "guide-e"))], "what is closed is passed over"
    # A panel takes the focus and gives it back.
    await page.focus("#setup-toggle")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body[data-panel=settings]")
    assert await page.evaluate("document.getElementById('setup').contains(document.activeElement)")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") == "setup-toggle"
    assert viewer.complaints == []


async def test_channels_are_said(station: Station, sit: Sit) -> None:
    viewer = await settle(sit, station)
    page = viewer.page
    assert await page.get_attribute("#said", "role") == "status"
    await page.keyboard.press("ArrowUp")
    await viewer.tuned("test-card")
    assert await page.inner_text("#said") == "Channel 2, Test Card"
    await page.keyboard.press("9")
    await page.keyboard.press("9")
    assert "nothing here" in await page.inner_text("#said")
