"""Neural Manifold Animals: everything that computes. No Snakemake in here."""
