"""The guide in a real browser: what is on, what was, by mouse, by keys, by thumb; nothing to complain of."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sofa import Sit, Station, Viewer
from studio import GRID, Clip, StudioChannel

from tvd.guide.history import Airing
from tvd.library.metadata import Metadata

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BERLIN = {"timezone_id": "Europe/Berlin", "locale": "en-GB"}


async def opened(station: Station, sit: Sit, **options: object) -> Viewer:
    viewer = await sit(**(BERLIN | options))
    await viewer.page.goto(f"{station.url}/guide")
    await viewer.page.wait_for_selector(".cell.on")
    return viewer


def tell_the_past(station: Station) -> None:
    """Let the as-run log know of the last hour of the first channel: a film with a word that is no markup."""
    channel = station.broadcast.on[0]
    stop = channel.entries(channel.clock.now_ns(), channel.clock.now_ns() + 1)[0].seq_start
    start = stop - 1700
    station.broadcast.history.airings.append(
        Airing(
            channel=channel.slug,
            start_ns=GRID.start_ns(start),
            stop_ns=GRID.start_ns(stop),
            fps=30,
            seq_start=start,
            seq_stop=stop,
            item="late-night-past",
            kind="programme",
            title="<b>Two</b> in the morning",
            source="s",
            asset="g/k",
            first=0,
            words=Metadata(year=1971, artist="Ada", description="What was that?"),
        )
    )


async def test_it_shows_what_is_on_and_opens_a_channel(station: Station, sit: Sit) -> None:
    tell_the_past(station)
    viewer = await opened(station, sit)
    page = viewer.page
    assert await page.get_attribute("#grid", "role") == "grid"
    assert await page.locator(".cell.on").count() == 3
    assert await page.inner_text("#day-name") == "Today"
    line, on = await page.locator("#line").bounding_box(), await page.locator(".cell.on").first.bounding_box()
    assert line is not None
    assert on is not None
    assert on["x"] <= line["x"] <= on["x"] + on["width"]
    # The past is what the as-run log says, as text.
    past = page.locator(".cell.past").first
    await past.hover()
    assert await page.inner_text("#details-title") == "<b>Two</b> in the morning"
    assert "aired" in await page.inner_text("#details-when")
    assert "1971" in await page.inner_text("#details-more")
    await past.click()
    assert page.url.endswith("/guide")
    # Columns of half hours, where the viewer is.
    ticks = await page.locator(".tick").all_inner_texts()
    assert all(one[-2:] in {"00", "30"} or not one[0].isdigit() or " " in one for one in ticks)
    await page.locator(".cell.on").nth(1).click()
    await page.wait_for_url("**/watch/test-card")
    assert viewer.complaints == []


def late() -> str:
    """Return a time zone in which midnight is near, but does not come while a test runs."""
    now = datetime.now(UTC)
    ahead = ((23 if now.minute < 55 else 22) - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"  # POSIX signs: west is positive


async def test_it_is_used_by_keys(station: Station, sit: Sit) -> None:
    viewer = await opened(station, sit, timezone_id=late())
    page = viewer.page

    async def chosen() -> tuple[str, int]:
        cell = page.locator('.cell[aria-selected="true"]')
        assert await cell.count() == 1
        return await cell.get_attribute("data-slug") or "", int(await cell.get_attribute("data-from") or 0)

    await page.keyboard.press("Home")
    slug, first = await chosen()
    assert slug == "late-night"
    await page.keyboard.press("ArrowRight")
    seen = [first, (await chosen())[1]]
    await page.keyboard.press("ArrowRight")
    seen.append((await chosen())[1])
    assert all(earlier < later for earlier, later in pairwise(seen))
    await page.keyboard.press("ArrowLeft")
    assert await chosen() == ("late-night", seen[1])
    assert await page.evaluate("document.activeElement.dataset.from") == str(seen[1])
    await page.keyboard.press("ArrowDown")
    assert (await chosen())[0] == "test-card"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    assert (await chosen())[0] == "slow-water"
    before = await page.evaluate("document.getElementById('scroller').scrollLeft")
    await page.keyboard.press("PageDown")
    assert await page.evaluate("document.getElementById('scroller').scrollLeft") > before + 300
    await page.keyboard.press("Home")
    await page.wait_for_function("() => !document.getElementById('now').classList.contains('away')")
    # Another day, and back.
    await page.click("#day-after")
    await page.wait_for_function("() => document.getElementById('day-name').textContent === 'Tomorrow'")
    assert await page.locator("#now.away").count() == 1
    await page.fill("#day", "2025-03-30")
    await page.wait_for_function("() => document.getElementById('day-name').textContent.includes('March')")
    await page.click("#now")
    await page.wait_for_function("() => document.getElementById('day-name').textContent === 'Today'")
    await page.wait_for_selector(".cell.on")
    await page.locator(".cell.on").nth(0).focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/watch/*")
    assert viewer.complaints == []


async def test_a_thumb_asks_first(station: Station, sit: Sit) -> None:
    viewer = await opened(station, sit, **PHONE, reduced_motion="reduce")
    page = viewer.page
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    heads = await page.locator(".head").first.bounding_box()
    assert heads is not None
    assert heads["x"] == 0
    await page.locator(".cell.on").first.tap()
    assert await page.inner_text("#details-watch") == "Watch Late Night"
    assert page.url.endswith("/guide")
    await page.locator("#details-watch").tap()
    await page.wait_for_url("**/watch/late-night")
    assert viewer.complaints == []


async def test_fifty_channels_of_short_clips_scroll(station: Station, sit: Sit, clips: tuple[Clip, Clip, Clip]) -> None:
    clock = station.broadcast.clock
    station.broadcast.on += [
        StudioChannel(100 + n, f"Clips {n}", f"clips-{n}", clips[0], clock, programme=60) for n in range(50)
    ]
    viewer = await opened(station, sit)
    page = viewer.page
    # Only what is in sight is drawn, wherever that is.
    await page.evaluate(
        """async () => {
          const scroller = document.getElementById("scroller");
          for (let step = 0; step < 40; step++) {
            scroller.scrollBy(60, 80);
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    await page.get_by_role("rowheader", name="Clips 49").wait_for()
    assert await page.locator(".row").count() < 25
    assert await page.locator(".cell").count() < 5_000
    assert viewer.complaints == []
