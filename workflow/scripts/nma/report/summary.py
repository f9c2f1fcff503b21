"""summary.html: every recording in one table, and how their scores are distributed."""

from pathlib import Path

from nma.figures.labels import label
from nma.figures.recordings import POINTS, draw_dims, draw_scores
from nma.io.files import atomic_path
from nma.io.hdf5 import open_h5
from nma.report.html import embedded, fill
from nma.report.verdict import span
from nma.scores.frame import over_seeds, read_table
from nma.sources import OPPONENTS

DIMS = "reliable_dims"
TITLES = {
    "cosmooth_r2": "Hidden neurons: cosmooth_r2",
    "masked_r2": "Hidden entries: masked_r2",
    "r2": "Reconstruction: r2",
    DIMS: "Reliable dims",
}


def render(
    template, out, folder, *, names, splits, errors, layers, models, sources, source_colours,
    layer_colours, dpi, results="results",
):  # fmt: skip
    """Write the page, and its figures into `folder`.

    names: all recordings; splits, layers: the held-out split and the layers of each; errors:
    {name: sentences} of those that are not finished, of which nothing else is shown; sources:
    {metric: sources compared}.
    """
    finished = {n: split for n, split in zip(names, splits, strict=True) if n not in errors}
    own = dict(zip(names, layers, strict=True))
    tables = {name: read_table(f"{results}/{name}/metrics.tsv") for name in finished}
    rows = [
        {"name": name, "errors": errors[name]}
        if name in errors
        else row_of(name, Path(results, name), tables[name], models, own[name], finished[name])
        for name in names
    ]
    figures = []
    if finished:
        longest = max((own[name] for name in finished), key=len)
        held_out = {
            name: over_seeds(table[table.split == finished[name]], ["source", "metric", "layer"])
            for name, table in tables.items()
        }
        Path(folder).mkdir(parents=True, exist_ok=True)
        for metric, title in TITLES.items():
            files = {form: Path(folder, f"{metric}.{form}") for form in ("svg", "png")}
            if metric == DIMS:
                draw_dims(tables, longest, layer_colours, **files, dpi=dpi)
            else:
                draw_scores(
                    held_out, metric, longest, sources[metric], source_colours, **files, dpi=dpi
                )
            figures.append(
                {
                    "name": metric,
                    "title": title,
                    "image": embedded(files["png"]),
                    "caption": caption(metric, len(finished)),
                }
            )
    counts = [len(of_one) for of_one in layers]
    page = fill(
        template,
        rows=rows,
        finished=len(finished),
        figures=figures,
        counts=(min(counts), max(counts)),
        models=models,
    )
    with atomic_path(out) as path:
        path.write_text(page, encoding="utf-8")


def caption(metric, recordings):
    """What a figure shows, which differs between few recordings and many."""
    if metric == DIMS:
        return (
            "Shared variance components that are more reliable than chance and slowness make them: "
            "of the sampled neurons of each layer, and of all neurons of the recording where these "
            "are not the same."
        )
    spread = "each point is a recording"
    if recordings >= POINTS:
        spread = "a line is the range over recordings, a bar their quartiles, a circle their median"
    return (
        f"Left, by layer: {spread}. Right: each recording as its mean over layers, in the order of "
        "the table."
    )


def row_of(name, folder, table, models, layers, split):
    """What the page says of one finished recording."""
    with open_h5(folder / "recording.h5") as file:
        neurons, bins = file["activity"].shape
        source = Path(str(file.attrs["source_file"])).name
    reliable = table[table.metric == "svca_reliable_components"].set_index("layer").value
    scores = over_seeds(
        table[(table.metric == "cosmooth_r2") & (table.split == split)], ["source", "layer"]
    ).value.unstack("layer")[layers]
    return {
        "name": name,
        "errors": [],
        "neurons": neurons,
        "bins": bins,
        "source": source,
        "reliable": reliable.get("all", reliable[layers[0]]),
        "reliable_of_layers": span(reliable[layers]) if len(layers) > 1 else "",
        "linear": best(scores, list(OPPONENTS)),
        "network": best(scores, models),
        "ahead": ahead(scores, models),
    }


def best(scores, sources):
    """Name and mean over layers of the best of these sources; None where there are none."""
    if not sources:
        return None
    means = scores.loc[sources].mean(axis=1)
    return {"name": label(means.idxmax()), "value": means.max()}


def ahead(scores, models):
    """In how many layers the best network is above the better linear opponent of each."""
    if not models:
        return ""
    network = scores.loc[scores.loc[models].mean(axis=1).idxmax()]
    above = network > scores.loc[list(OPPONENTS)].max()
    return f"{int(above.sum())} of {len(above)}"
