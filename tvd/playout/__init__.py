"""What airs: schedule, rundown, feeder and the one persistent ffmpeg of each channel."""
