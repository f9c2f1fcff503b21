"""UMAP maps of neurons and latent units."""
