"""Who wins where: scores and seconds of every source on simulations and real recordings.

Usage: python benchmarks/quality.py [recording ...]

Runs the workflow itself, in results/benchmarks/quality/, up to the scores of each recording that
the table shows: the demo with its nine layers, the simulations of presets/dynamics.yaml and each
real recording as one layer. Of residual networks, which differ by less than 0.001, and of the
study's there is the GRU; s5 and lfads have the dims that validation chose for the LDS of the first
layer. Networks of one layer have three seeds. Scores are those of test, means over layers and
seeds. A run that was stopped goes on where it was.
"""

import argparse
import subprocess
import sys

import numpy as np
import pandas as pd
import yaml
from common import CONFIG, FOLDER, RECORDINGS, ROOT, report

from nma.experiment.plan import LINEAR_DYNAMICS
from nma.io.hdf5 import open_h5
from nma.scores.held_out import collect
from nma.statistics.intervals import mean_interval

PLACE = FOLDER / "quality"
DYNAMICS = yaml.safe_load((ROOT / "presets/dynamics.yaml").read_text())
WHOLE = {"layers": {"by": "whole", "count": 1}}
BUDGET = {"steps": 400, "evaluate_every": 50}
SETTINGS = {
    "models": [
        *DYNAMICS["models"],
        {"name": "gru", "training": BUDGET},
        *(
            {
                "name": f"{name}_reconstruct",
                "class": name,
                "training": {**BUDGET, "objective": "reconstruct"},
            }
            for name in ("residual_gru", "gru")
        ),
    ],
    "scores": {"retrainings": 0},
}
# Tables of scores; what hidden neurons and entries are predicted with is in files of latents.
SCORES = ["dimensionality", "forecasts"]
WITH_LATENTS = ["lds", "ppca", "pca", *(model["name"] for model in SETTINGS["models"])]
SCORES += [f"latents/{source}" for source in WITH_LATENTS]
# Of lfads on real recordings, whose activity has no logarithm that helps (the LDS chooses asinh).
REAL = {"options": {"scale": "linear"}, "training": {"observation": "gaussian"}}
SEEDS, SEEDS_OF_LAYERS = [0, 1, 2], [0]  # of one layer; of nine, whose scores have an interval
METRICS = {
    "cosmooth_r2": "hidden neurons",
    "masked_r2": "hidden entries",
    "forecast_r2_at_1": "1 bin ahead",
    "forecast_r2_at_4": "4 bins ahead",
    "latent_recovery_r2": "true latents",
    "behavior_r2": "behaviour",
    "r2": "r2",
}
NOT_COMPARED = ("raw", "truth", "attainable")  # bounds and inputs


def recordings() -> dict[str, dict]:
    """{name: its item of `recordings`}."""
    one_bin = {"tensors": DYNAMICS["tensors"]}
    found = {item["name"]: item | WHOLE | one_bin for item in DYNAMICS["recordings"]}
    for path in sorted(RECORDINGS.glob("*.npy")):
        found[path.stem] = {"name": path.stem, "path": str(path)} | WHOLE | one_bin
    return found | {"demo": CONFIG["recordings"][0]}


def tables(name: str, item: dict) -> list[str]:
    """The tables of scores of a recording that are compared, in results/."""
    known = item.get("simulate", {"dynamics": None}).get("dynamics", "ou") in LINEAR_DYNAMICS
    return [f"results/{name}/scores/{of}.tsv" for of in SCORES + known * ["attainable"]]


def models(item: dict, dims: int) -> list[dict]:
    """The models as a recording has them; dims: of s5 and lfads, which have no choice of theirs."""
    found = []
    for model in SETTINGS["models"]:
        own = {"dims": dims} if model["name"] in ("s5", "lfads") else {}
        if model["name"] == "lfads" and "path" in item:
            own |= {section: model[section] | changed for section, changed in REAL.items()}
        found.append(model | own)
    return found


def run(name: str, item: dict) -> None:
    """Run the workflow up to the scores of a recording."""
    fit = f"results/{name}/state_space/L1.h5"
    snakemake(name, item, [], [fit])
    with open_h5(PLACE / fit) as file:
        dims = int(file.attrs["dims"])
    snakemake(name, item, models(item, dims), tables(name, item))


def snakemake(name: str, item: dict, of_models: list[dict], targets: list[str]) -> None:
    """Make targets of a recording with these models."""
    PLACE.mkdir(parents=True, exist_ok=True)
    settings = PLACE / f"{name}.yaml"
    seeds = SEEDS if "layers" in item else SEEDS_OF_LAYERS
    own = {"recordings": [item], "seeds": seeds, "models": of_models}
    settings.write_text(yaml.safe_dump(SETTINGS | own))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", PLACE, "--configfile", settings, "--rerun-incomplete", "--"]
    subprocess.run([*command, *targets], check=True)


def scores(name: str, item: dict) -> list[dict]:
    """A row a source: means of test scores over layers and seeds, and seconds of a fit."""
    collect(
        PLACE / f"{name}.tsv",
        recording=name,
        layers=[],
        pca_paths=[],
        latents_paths=sorted((PLACE / "results" / name / "latents").rglob("*.h5")),
        score_paths=[PLACE / path for path in tables(name, item)],
    )
    table = pd.read_csv(PLACE / f"{name}.tsv", sep="\t")
    table = table[(table.split == "test") & table.metric.isin(METRICS)]
    rows = []
    for source, of_source in table.groupby("source", sort=False):
        row = {"name": f"{name}, {source}", "source": source}
        for metric, title in METRICS.items():
            values = of_source[of_source.metric == metric].value.dropna()
            row[title], _, high = mean_interval(values) if len(values) else 3 * [None]
            row[f"± {title}"] = high - row[title] if len(values) > 1 else None
        rows.append(row | {"seconds": seconds(name, source)})
    for title in METRICS.values():
        known = [r for r in rows if r[title] is not None and r["source"] not in NOT_COMPARED]
        if known:
            max(known, key=lambda r: r[title]).setdefault("best at", []).append(title)
    return rows


def seconds(name: str, source: str) -> float | None:
    """Seconds that a fit of a source takes, mean over layers and seeds: Snakemake counts those of
    the processor up to its last sample alone, which may be half a minute before the end."""
    folder = PLACE / "results" / name / "benchmarks"
    places = {"lds": "fit_lds", "ppca": "encode_baselines", "pca": "fit_pca"}
    paths = list((folder / places.get(source, f"train_model/{source}")).rglob("*.tsv"))
    times = [pd.read_csv(path, sep="\t").s.iloc[0] for path in paths]
    return float(np.mean(times)) if times else None


def main(names: list[str]) -> None:
    """Run the workflow on these recordings; report all that have been run."""
    found = recordings()
    for name in names:
        run(name, found[name])
    finished = [n for n in found if all((PLACE / path).exists() for path in tables(n, found[n]))]
    report("quality", [row for name in finished for row in scores(name, found[name])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="*", default=None)
    main(parser.parse_args().recordings or list(recordings()))
