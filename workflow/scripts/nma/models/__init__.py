"""One file a model, found by its name."""
