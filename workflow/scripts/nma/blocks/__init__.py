"""Parts that networks are made of, and the base class of every model."""
