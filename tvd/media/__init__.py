"""Everything that touches ffmpeg, PyAV, child processes and media bytes; nothing here knows channels."""
