"""Latents, reconstructions and predictions of every source, in one form of file."""
