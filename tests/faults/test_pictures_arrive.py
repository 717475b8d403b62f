"""A television that runs gets pictures of what airs, all by itself, and tells them everywhere."""

import urllib.request

from television import Television, until


def test_every_programme_gets_a_picture(television: Television) -> None:
    def told() -> dict[str, str]:
        now = {channel["slug"]: channel["now"] for channel in television.api("/api/channels")}
        return {slug: one["art"] for slug, one in now.items() if one and one["art"]}

    arts = until(lambda: found if (found := told()).keys() == {"one", "two"} else None, why=television.tail)
    for slug, art in arts.items():
        with urllib.request.urlopen(television.url + art, timeout=10) as response:
            assert response.headers["Content-Type"] == "image/jpeg"
            assert response.read().startswith(b"\xff\xd8\xff")
        until(lambda slug=slug: "X-ART=" in television.ask(f"/hls/{slug}/index.m3u8")[1], why=television.tail)
