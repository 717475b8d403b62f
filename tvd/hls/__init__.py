"""HTTP Live Streaming: segments, their window in RAM, and the playlists that list them (RFC 8216bis)."""
