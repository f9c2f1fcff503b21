"""From a raw file, simulated, downloaded or the user's, to recording.h5."""
