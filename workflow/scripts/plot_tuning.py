"""Figure: the trials of a model's studies, what pruning stopped, and which settings mattered."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from nma.figures.labels import label
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.files import read_json
from nma.io.frames import read_whole
from nma.jobs.job import job

COLUMNS = 4  # slices in a row, at most
EDGE = 0.035  # height of what lies below a panel, or has no score, as a share of the panel
GREY = "#555555"
LETTERS = 128  # of tick labels, side by side over the width of the figure
LONG = 145  # letters of a line above the figure
NUMBERS = ("trial", "value", "default", "steps", "full_steps", "seconds")
ROUND = (1, 2, 5, 10)  # steps of ticks
SCORE = "cosmooth_r2 of validation"


def main(studies, svg, png, *, model, layers, layer_colours, source_colour, dpi):
    """studies: {layer: folder of its study}; layers: all of the recording, for their colours."""
    found = {layer: read_study(folder) for layer, folder in studies.items()}
    palette = dict.fromkeys(found, source_colour)
    if len(found) > 1:
        of_all = colours(layer_colours, layers)
        palette = {layer: of_all[layer] for layer in found}
    shares = importance_table(found)
    keys = ordered_keys(found, shares)
    names = short_names(keys)
    rows = -(-len(keys) // COLUMNS)
    columns = -(-len(keys) // rows)
    figure = plt.figure(figsize=(WIDTH, 3.6 + 2.1 * rows), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.8, 2.1 * rows))
    history, curves, importance = top.subplots(1, 3, width_ratios=(1.4, 1.1, 1))

    limits = score_limits([study["trials"] for study in found.values()])
    plot_history(history, found, palette, limits)
    plot_curves(curves, found, palette)
    plot_importance(importance, shares, keys, names, palette)
    slices = bottom.subplots(rows, columns, squeeze=False)
    for number, panel in enumerate(slices.flat):
        if number >= len(keys):
            panel.set_axis_off()
            continue
        key = keys[number]
        plot_slice(panel, key, found, palette, limits, room=LETTERS // columns)
        panel.set_xlabel(names[key])
        panel.tick_params(labelleft=number % columns == 0)
        if number % columns == 0:
            panel.set_ylabel(SCORE)

    where = next(iter(found)) if len(found) == 1 else f"{len(found)} layers"
    text = f"{label(model)}, {where}: {summary(studies)}"
    text = text.replace("; ", ";\n") if len(text) > LONG else text
    figure.suptitle(text, fontsize=8, color=GREY)
    mark_legend(figure, found, limits, source_colour if len(found) == 1 else GREY)
    if len(found) > 1:
        layer_legend(figure, palette)
    save(figure, svg, png, dpi)


def read_trials(folder):
    """trials.tsv; columns of parameters stay text, as a choice may look like a number."""
    path = Path(folder, "trials.tsv")
    trials = read_whole(path, dtype=str, keep_default_na=False)
    for name in NUMBERS:
        trials[name] = pd.to_numeric(trials[name], errors="coerce")
    return trials.sort_values("trial", ignore_index=True)


def read_study(folder):
    """Its trials, curves, importance {key: share} and space {key: spec}."""
    importance = read_whole(Path(folder, "importance.tsv"), ["importance"])
    return {
        "trials": read_trials(folder),
        "curves": read_whole(Path(folder, "curves.tsv"), ["trial", "step", "value"]),
        "importance": dict(zip(importance.parameter, importance.importance, strict=True)),
        "space": read_json(Path(folder, "space.json")),
    }


def summary(studies):
    """One sentence: how the trials of all studies ended, and what they took and saved."""
    trials = pd.concat([read_trials(folder) for folder in studies.values()])
    count = trials.state.value_counts().reindex(["complete", "pruned", "failed"], fill_value=0)
    pruned = trials[(trials.state == "pruned") & (trials.steps > 0)]
    saved = (pruned.seconds / pruned.steps * (pruned.full_steps - pruned.steps)).sum()
    took = trials.seconds.sum()
    noun = "trial" if len(trials) == 1 else "trials"
    return (
        f"{len(trials)} {noun} finished, {count.pruned} of them pruned and {count.failed} failed; "
        f"together they ran for {seconds(took)}, and pruning saved about {seconds(saved)}."
    )


def seconds(value):
    return f"{value:,.1f} s" if value < 10 else f"{value:,.0f} s"


def importance_table(found):
    """Shares (parameter x layer) of the layers that have them, the greatest mean first."""
    table = pd.DataFrame(
        {layer: study["importance"] for layer, study in found.items()}, dtype=float
    )
    table = table.dropna(axis="columns", how="all")
    return table.loc[table.mean(axis=1).sort_values(ascending=False, kind="stable").index]


def ordered_keys(found, shares):
    """All parameters of the spaces: dims, then from the most important to those not told."""
    keys = list(dict.fromkeys(key for study in found.values() for key in study["space"]))
    told = [key for key in shares.index if key in keys]
    return sorted(told + [key for key in keys if key not in told], key=lambda key: key != "dims")


def short_names(keys):
    """{key: its last part, or all of it where two parameters share that}."""
    short = {key: key.removeprefix("training.").removeprefix("options.") for key in keys}
    parts = list(short.values())
    return {key: key if parts.count(part) > 1 else part for key, part in short.items()}


def floor(values):
    """What lies below is out of all proportion to the better half, and not worth the room."""
    top, middle = np.max(values), np.median(values)
    return middle - max(2 * (top - middle), 0.25 * abs(top), 0.01)


def finite(values):
    return values[np.isfinite(values.astype(float))]


def score_limits(tables):
    """The lowest and highest score that panels show, of complete trials where there are any."""
    scores = [finite(table.value) for table in tables]
    good = [finite(table.value[table.state == "complete"]) for table in tables]
    good = [mine if len(mine) else all_ for mine, all_ in zip(good, scores, strict=True)]
    good = [mine for mine in good if len(mine)]
    if not good:
        return 0.0, 1.0
    every = np.concatenate(scores)
    low = max(min(map(floor, good)), every.min())
    high = every.max()
    return (low, high) if high > low else (low - 0.01, high + 0.01)


def set_scores(panel, limits):
    """The same heights in all panels of scores, with room for what lies at the lower edge."""
    low, high = limits
    panel.set_ylim(low - 0.1 * (high - low), high + 0.06 * (high - low))
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=ROUND))
    panel.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=-1)


def best(trials):
    """The row of the complete trial with the highest score, or None."""
    scores = finite(trials.value[trials.state == "complete"])
    return trials.loc[scores.idxmax()] if len(scores) else None


def default_score(trials):
    """The score of the default settings; nan where they have none."""
    return trials.value[(trials.default == 1) & (trials.state == "complete")].max()


def draw_marks(panel, places, trials, colour, low):
    """Complete trials filled, pruned ones open; triangles at the edge for those below `low`."""
    for state, fill in (("pruned", "white"), ("complete", colour)):
        mine = (trials.state == state) & trials.value.notna() & places.notna()
        style = {"facecolor": fill, "edgecolor": colour, "linewidth": 0.7, "zorder": 3}
        inside = mine & (trials.value >= low)
        panel.scatter(places[inside], trials.value[inside], s=13, **style)
        below = mine & (trials.value < low)
        style |= {"marker": "v", "transform": panel.get_xaxis_transform()}
        panel.scatter(places[below], np.full(below.sum(), EDGE), s=16, **style)


def plot_history(panel, found, palette, limits):
    last = max(study["trials"].trial.max() for study in found.values())
    for layer, study in found.items():
        trials, colour = study["trials"], palette[layer]
        draw_marks(panel, trials.trial, trials, colour, limits[0])
        none = trials.value.isna()
        style = {"marker": "x", "s": 14, "color": colour, "linewidth": 0.9}
        style["transform"] = panel.get_xaxis_transform()
        panel.scatter(trials.trial[none], np.full(none.sum(), EDGE), **style)
        so_far = trials.value.where(trials.state == "complete").cummax().ffill()
        ends = np.append(trials.trial, last), np.append(so_far, so_far.iloc[-1])
        panel.plot(*ends, drawstyle="steps-post", color=colour, linewidth=1.1)
        panel.axhline(default_score(trials), **dashes(colour))
    set_scores(panel, limits)
    panel.set_xlim(-0.04 * last - 0.5, 1.04 * last + 0.5)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=ROUND))
    panel.set(title="trials in order", xlabel="trial", ylabel=SCORE)


def dashes(colour):
    return {"color": colour, "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 0}


def plot_curves(panel, found, palette):
    """All trials, pruned ones paler up to the point where they were stopped, the best one bold."""
    floors, top = [], []
    for layer, study in found.items():
        trials, colour = study["trials"].set_index("trial"), palette[layer]
        chosen = best(study["trials"])
        shown = finite(study["curves"].value)
        if len(shown):
            floors.append(max(floor(shown), shown.min()))
            top.append(shown.max())
        for number, curve in study["curves"].sort_values("step").groupby("trial"):
            line = {"color": colour, "linewidth": 0.7, "alpha": 0.75}
            if trials.state.get(number) != "complete":
                line["alpha"] = 0.35
                panel.plot(
                    *(curve.step.iloc[-1], curve.value.iloc[-1]),
                    **{"marker": "o", "markersize": 3, "markerfacecolor": "white"},
                    **{"markeredgecolor": colour, "markeredgewidth": 0.7, "alpha": 0.7},
                )
            elif number == chosen.trial:
                line |= {"linewidth": 1.7, "alpha": 1, "zorder": 3}
            panel.plot(curve.step, curve.value, **line)
    panel.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=-1)
    if floors:
        room = 0.06 * (max(top) - min(floors)) or 0.01
        panel.set_ylim(min(floors) - room, max(top) + room)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=ROUND))
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=ROUND))
    panel.set(title="learning curves (bold: the best trial)", xlabel="step", ylabel=SCORE)


def plot_importance(panel, shares, keys, names, palette):
    """Bars are means over layers, with a point a layer where there are several."""
    panel.set_title("importance" if len(palette) == 1 else "importance (bars: mean of layers)")
    if shares.empty:
        panel.set_axis_off()
        text = "not told: too few\ncomplete trials"
        middle = {"ha": "center", "va": "center", "transform": panel.transAxes}
        panel.text(0.5, 0.5, text, color="#888888", fontsize=8, **middle)
        return
    told = list(shares.index)
    listed = told + [key for key in keys if key not in told]
    several = len(palette) > 1
    colour = "#d5d5d5" if several else next(iter(palette.values()))
    panel.barh(range(len(told)), shares.mean(axis=1), color=colour, height=0.6)
    for layer in shares.columns if several else ():
        point = {"s": 11, "color": palette[layer], "zorder": 3, "clip_on": False}
        panel.scatter(shares[layer], range(len(told)), **point)
    # A setting whose default lies outside of the space has no share, which is not a share of 0.
    for place in range(len(told), len(listed)):
        panel.text(0.01, place, "–", color="#888888", va="center")
    panel.set_yticks(range(len(listed)), [names.get(key, key) for key in listed])
    panel.tick_params(axis="y", length=0)
    panel.set(xlabel="share of variance of scores", xlim=(0, 1))
    # With few parameters bars are no thicker than with many.
    spare = max(0, 4 - len(listed)) / 2
    panel.set_ylim(len(listed) - 0.5 + spare, -0.5 - spare)


def plot_slice(panel, key, found, palette, limits, room):
    """Scores against one parameter, the best trial ringed; trials without a value of it are left
    out. room: letters that fit below the panel."""
    spec = next(study["space"][key] for study in found.values() if key in study["space"])
    texts = {layer: study["trials"].get(f"param:{key}") for layer, study in found.items()}
    texts = {layer: column for layer, column in texts.items() if column is not None}
    if spec["type"] == "categorical":
        places = categorical_axis(panel, spec, texts, found, room)
    else:
        places = {layer: pd.to_numeric(column, "coerce") for layer, column in texts.items()}
        if spec.get("log"):
            places = {layer: column.where(column > 0) for layer, column in places.items()}
        numeric_axis(panel, spec, pd.concat(list(places.values())).dropna(), room)
    for number, (layer, place) in enumerate(places.items()):
        trials, colour = found[layer]["trials"], palette[layer]
        draw_marks(panel, place, trials, colour, limits[0])
        chosen = best(trials)
        if chosen is not None:
            ring = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.1, "zorder": 4}
            panel.scatter(place[chosen.name], chosen.value, s=60, **ring)
        if key == "dims":
            draw_spread(panel, place, trials, colour, points=5 + 1.5 * number)
    set_scores(panel, limits)


def draw_spread(panel, dims, trials, colour, points):
    """Mean and range of complete trials that share their dims, so many points to the right."""
    mine = (trials.state == "complete") & np.isfinite(trials.value)
    groups = trials.value[mine].groupby(dims[mine])
    table = groups.agg(["mean", "min", "max", "count"])
    table = table[table["count"] > 1]
    shift = ScaledTranslation(points / 72, 0, panel.figure.dpi_scale_trans)
    style = {"color": colour, "linewidth": 0.9, "transform": panel.transData + shift}
    panel.vlines(table.index, table["min"], table["max"], **style)
    style |= {"marker": "_", "markersize": 6, "markeredgewidth": 1.4, "linestyle": ""}
    panel.plot(table.index, table["mean"], **style)


def shares_dims(study):
    """Whether complete trials of it have the same dims, so that `draw_spread` has what to draw."""
    trials = study["trials"]
    complete = trials[(trials.state == "complete") & np.isfinite(trials.value)]
    return "dims" in study["space"] and complete.get("param:dims", pd.Series()).duplicated().any()


def categorical_axis(panel, spec, texts, found, room):
    """{layer: place of each trial}, scattered about its choice in the order of trials."""
    seen = [text for column in texts.values() for text in column if text]
    choices = list(dict.fromkeys([*map(str, spec["choices"]), *seen]))
    crowded = (max(map(len, choices)) + 1) * len(choices) > room
    turned = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    panel.set_xticks(range(len(choices)), choices, **turned)
    panel.set_xlim(-0.5, len(choices) - 0.5)
    order = {choice: place for place, choice in enumerate(choices)}
    # Multiples of the golden ratio spread evenly, however many trials there are.
    return {
        layer: column.map(order) + 0.5 * (found[layer]["trials"].trial * 0.618034 % 1 - 0.5)
        for layer, column in texts.items()
    }


def numeric_axis(panel, spec, values, room):
    """The range of the space, and of trials outside of it; few enough ticks to be read."""
    low, high = min([spec["low"], *values]), max([spec["high"], *values])
    if spec.get("log"):
        panel.set_xscale("log")
        margin = (high / low) ** 0.07 if high > low else 1.5
        panel.set_xlim(low / margin, high * margin)
        ticks = log_ticks(low, high, most=room // 8)
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.minorticks_off()
    else:
        margin = 0.07 * (high - low) or 0.5
        panel.set_xlim(low - margin, high + margin)
        whole = spec["type"] == "int"
        panel.xaxis.set_major_locator(MaxNLocator(min(6, room // 6), integer=whole, steps=ROUND))


def log_ticks(low, high, most):
    """Round numbers from low to high, at most so many; the ends where there are not two."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for heads in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{head}e{decade}") for decade in decades for head in heads]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            break
    ticks = ticks[:: -(-len(ticks) // most) or 1]
    return ticks if len(ticks) > 1 else sorted({low, high})


def mark_legend(figure, found, limits, colour):
    """What the marks mean, of those that the figure has."""
    trials = pd.concat([study["trials"] for study in found.values()])
    defaults = [default_score(study["trials"]) for study in found.values()]
    mark = {"linestyle": "", "color": colour, "markersize": 4, "markeredgewidth": 0.8}
    dot = mark | {"marker": "o"}
    spread = mark | {"marker": "$\\vdash$", "markersize": 6}
    known = {
        "complete": dot,
        "pruned, at its last score": dot | {"markerfacecolor": "white"},
        "below the panel": mark | {"marker": "v"},
        "failed, no score": mark | {"marker": "x"},
        "best": dot | {"markerfacecolor": "none", "markersize": 8},
        "best so far": {"color": colour, "linewidth": 1.1},
        "default settings": dashes(colour),
        "mean and range at the same dims": spread,
    }
    complete = trials[trials.state == "complete"]
    shown = {
        "complete": len(complete) > 0,
        "pruned, at its last score": (trials.state == "pruned").any(),
        "below the panel": (trials.value < limits[0]).any(),
        "failed, no score": trials.value.isna().any(),
        "best": len(complete) > 0,
        "best so far": len(complete) > 0,
        "default settings": np.nanmax([*defaults, -np.inf]) >= limits[0],
        "mean and range at the same dims": any(map(shares_dims, found.values())),
    }
    handles = [plt.Line2D([], [], label=text, **known[text]) for text in known if shown[text]]
    spacing = {"columnspacing": 1.2, "handletextpad": 0.4}
    figure.legend(handles=handles, loc="outside lower center", ncols=4, **spacing)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            studies=dict(zip(snakemake.params.layers, snakemake.params.folders, strict=True)),
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            model=snakemake.wildcards.model,
            layers=snakemake.params.all_layers,
            layer_colours=snakemake.params.layer_colours,
            source_colour=snakemake.params.source_colour,
            dpi=snakemake.params.dpi,
        )
