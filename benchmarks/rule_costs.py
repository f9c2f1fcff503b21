"""Costs of each rule of finished runs, from their benchmark files.

Usage: python benchmarks/rule_costs.py results/stringer                   prints a Markdown table
       python benchmarks/rule_costs.py --write results/demo results/stringer

The second writes workflow/rule_costs.tsv, from which the workflow works out what to ask of a
scheduler. It holds each rule that both a small recording and a large one have run.
"""

import json
import re
import sys
from pathlib import Path

import h5py
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow" / "scripts"))
from nma.experiment.resources import OF_ALL_NEURONS, SAME_AS, TABLE, steps_bins  # noqa: E402

COLUMNS = ["rule", "neurons", "bins", "dims", "trained_bins", "seconds", "memory"]


def rule_costs(results):
    """A table by rule: jobs, seconds in all, seconds of the longest job, largest memory in MB."""
    by_rule = pd.DataFrame(measured_jobs(results)).groupby("rule")
    columns = {"jobs": by_rule.size(), "total": by_rule.seconds.sum()}
    columns |= {"longest": by_rule.seconds.max(), "memory": by_rule.memory.max()}
    return pd.DataFrame(columns).sort_values("total")[::-1]


def measured_jobs(results):
    """Yield a dict of COLUMNS for each job of a recording's folder, without the null of networks.

    neurons: of the layer for a job of one layer, otherwise of all layers, or of the recording for
    rules that read all of it; trained_bins: those
    that all steps of a training see together, otherwise the bins.
    """
    results = Path(results)
    with h5py.File(results / "recording.h5") as file:
        neurons, bins = file["activity"].shape
    with h5py.File(results / "layers" / "L1.h5") as file:
        of_layer = len(file["neuron_ids"])
    of_layers = of_layer * len([*(results / "layers").glob("L*.h5")])
    with h5py.File(results / "latents" / "pca" / "L1" / "0.h5") as file:
        dims = file["latents"].shape[-1]
    for path in sorted((results / "benchmarks").rglob("*.tsv")):
        parts = path.relative_to(results / "benchmarks").with_suffix("").parts
        job = {"rule": parts[0], "bins": bins, "dims": dims, "trained_bins": bins}
        job["neurons"] = neurons if parts[0] in OF_ALL_NEURONS else of_layers
        if any(re.fullmatch(r"L\d+", part) for part in parts):
            job["neurons"] = of_layer
        if parts[0] == "train_model":
            about = json.loads(
                (results / "models" / Path(*parts[1:])).with_suffix(".json").read_text()
            )
            job |= {"dims": about["dims"], "trained_bins": steps_bins(about["training"], bins)}
        measured = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).fillna(0).iloc[0]
        yield job | {"seconds": measured.s, "memory": measured.max_rss}


def costliest(results):
    """{rule: row of COLUMNS} of its longest job, with the largest memory of jobs of that size."""
    found = {}
    for rule, jobs in pd.DataFrame(measured_jobs(results)).groupby("rule"):
        largest = jobs[jobs.neurons == jobs.neurons[jobs.seconds.idxmax()]]
        row = largest.loc[largest.seconds.idxmax()].to_dict()
        found[rule] = row | {"memory": largest.memory.max()}
    return found


def write(small, large):
    """Write workflow/rule_costs.tsv from the folders of a small recording and of a large one.

    If the table has the same job with more memory, that value stays: for jobs of a second or less,
    Snakemake often reads the memory before anything is loaded. Rules that these recordings have not
    both run, as those of trials, keep their rows.
    """
    small, large = costliest(small), costliest(large)
    rows = [
        of_size[rule]
        for rule in sorted((small.keys() & large.keys()) - SAME_AS.keys())
        for of_size in (small, large)
    ]
    table = pd.DataFrame(rows)[COLUMNS].round(1)
    same, before = ["rule", "neurons", "bins"], pd.read_csv(TABLE, sep="\t")
    older = table[same].merge(before, on=same, how="left").memory
    table["memory"] = table.memory.clip(lower=older.fillna(0))
    others = before[~before.rule.isin(table.rule)]
    table = pd.concat([table, others]).sort_values("rule", kind="stable")
    TABLE.write_text(table.to_csv(sep="\t", index=False))


def show(results):
    """Print the costs of a run as a Markdown table."""
    print("| rule | jobs | seconds in all | longest job, s | largest memory, MB |")
    print("|---|---|---|---|---|")
    for rule, cost in rule_costs(results).iterrows():
        numbers = f"{cost.total:.1f} | {cost.longest:.1f} | {cost.memory:.0f}"
        print(f"| {rule} | {cost.jobs:.0f} | {numbers} |")


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(*sys.argv[2:])
    else:
        show(sys.argv[1])
