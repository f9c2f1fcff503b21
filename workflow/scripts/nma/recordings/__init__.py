"""From a raw file, simulated, downloaded or the user's own, to recording.h5."""
