"""Settings of training that unit tests begin from: `WINDOWS | {...}`."""

WINDOWS = {
    "recipe": "windows",
    "steps": 20,
    "evaluate_every": 8,
    "patience": 6,
    "window": 12,
    "batch_size": 4,
    "learning_rate": 1e-2,
    "weight_decay": 1e-4,
    "warmup": 0.1,
    "clip": 1.0,
    "objective": "reconstruct",
    "masked_weight": 0.5,
    "noise": 1.0,
    "precision": "float32",
    "observation": "squared",
}
