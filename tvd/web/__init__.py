"""The aiohttp side: routes, pages, playlists and segments, API, operations."""
