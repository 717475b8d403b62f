"""Renders the icons of the installed page from ``static/icon.svg``: ``python tools/icons.py``.

Run by hand when the drawing changes; the pictures are committed. Needs what the browser tests need.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parents[1] / "static"
ICONS = {"icon-192.png": (192, 1.0), "icon-512.png": (512, 1.0), "maskable-512.png": (512, 0.72)}
"""Name, size in pixels, and how much of it the drawing takes: a mask may cut away all but the middle."""
GROUND = "#17110c"


def main() -> None:
    """Write the pictures."""
    drawing = (STATIC / "icon.svg").read_text()
    (STATIC / "icons").mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, (size, share) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            ground = GROUND if share < 1 else "transparent"
            page.set_content(
                f"<style>body{{margin:0;display:grid;place-items:center;height:100vh;background:{ground}}}"
                f"svg{{width:{share:.0%};height:{share:.0%}}}</style>{drawing}"
            )
            picture = Image.open(BytesIO(page.screenshot(omit_background=True)))
            picture.quantize(96).save(STATIC / "icons" / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
