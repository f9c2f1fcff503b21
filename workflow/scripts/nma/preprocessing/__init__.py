"""From recording.h5 to layers, tensors, and what is hidden of them."""
