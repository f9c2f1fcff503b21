"""Print what each rule of a finished run cost, as a Markdown table, from its benchmark files.

Usage: python benchmarks/rule_costs.py results/stringer
"""

import sys
from pathlib import Path

import pandas as pd


def rule_costs(results):
    """A row a rule: jobs, seconds in all, seconds of the longest job, largest memory in MB."""
    folder = Path(results) / "benchmarks"
    jobs = []
    for path in folder.rglob("*.tsv"):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        jobs.append(pd.read_csv(path, sep="\t", na_values=["-", "NA"]).assign(rule=rule))
    by_rule = pd.concat(jobs).groupby("rule")
    columns = {"jobs": by_rule.size(), "total": by_rule.s.sum(), "longest": by_rule.s.max()}
    return pd.DataFrame(columns | {"memory": by_rule.max_rss.max()}).sort_values("total")[::-1]


if __name__ == "__main__":
    print("| rule | jobs | seconds in all | longest job, s | largest memory, MB |")
    print("|---|---|---|---|---|")
    for rule, cost in rule_costs(sys.argv[1]).iterrows():
        numbers = f"{cost.total:.1f} | {cost.longest:.1f} | {cost.memory:.0f}"
        print(f"| {rule} | {cost.jobs:.0f} | {numbers} |")
