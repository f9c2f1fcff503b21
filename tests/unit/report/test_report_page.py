"""The report page: every part of it, and figures with their captions."""

import pandas as pd
import pytest
from jinja2 import UndefinedError
from PIL import Image
from project import ROOT
from umap_files import PALETTE

from nma.io.hdf5 import new_h5, put
from nma.report.page import Analysis, Figure, figure_caption, render_report
from nma.sources import BASELINES

OUTLIERS = {
    "outliers": "drop_neurons",
    "outlier_neurons": 2,
    "dropped_outlier_neurons": 1,
    "capped_outlier_neurons": 1,
}
CAPTION = "Of {{ snakemake.wildcards.source }}, <plain>.\n"


def test_a_caption_is_filled_in_with_the_wildcards_of_its_figure(tmp_path):
    caption = tmp_path / "map.rst"
    caption.write_text("The map of {{ snakemake.wildcards.source }}.\n")
    assert figure_caption(caption, {"source": "gru"}) == "The map of gru."
    with pytest.raises(UndefinedError, match="source"):
        figure_caption(caption, {})


def write_metrics(path, layers, sources, copied):
    rows = []
    for layer in layers:
        for source in sources:
            metrics = ["cosmooth_r2"]
            if source != "kernel_ridge":
                metrics.append("masked_r2")
            if source not in BASELINES or BASELINES[source].latents:
                metrics += ["r2", "mse"]
            rows += [(layer, source, metric, "test", 0.25) for metric in metrics]
        of_pca = {"explained_variance_at_n10": 0.4, "dims_50": 3, "dims_80": 5, "dims_90": 8}
        rows += [(layer, "pca", metric, "train", value) for metric, value in of_pca.items()]
        rows.append((layer, "raw", "svca_reliable_components", "all", 6))
        rows.append((layer, "raw", "neurons", "all", 4))
        rows.append((layer, "raw", "svca_reliable_fraction", "all", 0.2))
        rows.append((layer, "raw", "svca_reliable_fraction_zscored", "all", 0.5))
        rows.append((layer, "lds", "dims_within_one_error", "test", 5))
        rows.append((layer, "raw", "copied_neurons", "train", copied))
        if copied:
            rows.append((layer, "lds", "cosmooth_r2_without_copies", "test", 0.125))
            # Of a simulation of which it is not known what is attainable.
            rows += [(layer, "truth", metric, "test", 0.3) for metric in ("r2", "ceiling_r2")]
    table = pd.DataFrame(rows, columns=["layer", "source", "metric", "split", "value"])
    table = table.assign(recording="a", seed=0, ci_low=0.1, ci_high=0.4, n=10)
    table.to_csv(path, sep="\t", index=False)


def layer_table(names):
    rows = [
        {"layer": layer, "name": name, "grouping": name, "neurons": 1234, "used": 4}
        for layer, name in names.items()
    ]
    left_out = [{"grouping": "<root>", "neurons": 2}]
    return {"layers": rows, "left_out": left_out, "warnings": ["CA1 is <small>"]}


@pytest.mark.parametrize(("names", "copied"), [({"L1": "L2", "L2": "CA1"}, 0), ({"L1": "CA1"}, 2)])
def test_a_page_without_networks(tmp_path, names, copied):
    layers = list(names)
    attributes = {"bin_seconds": 1.2, "source_file": "a.npy", "source_sha256": "ab" * 32}
    dropped = {"dropped_constant_neurons": 2, "dropped_nan_neurons": 0}
    if len(layers) == 2:
        dropped |= {"dropped_nan_bins": 3, "missing_values": 5, "warnings": ["`nan` lost <much>"]}
    with new_h5(tmp_path / "recording.h5", **attributes, **dropped) as file:
        put(file, "activity", [[0.0] * 50] * 4, units="1", axes=("neuron", "bin"))
        if len(layers) == 2:
            file.attrs.update(OUTLIERS)
            file["outliers/neuron_ids"] = [7, 9]
            file["outliers/treatment"] = ["capped", "left out"]
            file["outliers/reason"] = ["far", "constant in train"]
    write_metrics(tmp_path / "metrics.tsv", layers, [*BASELINES, "pca"], copied)
    Image.new("RGB", (2, 2), PALETTE[0]).save(tmp_path / "map.png")
    (tmp_path / "map.rst").write_text(CAPTION)
    files = tmp_path / "map.png", tmp_path / "map.rst"
    render_report(
        ROOT / "workflow/report/report.html.j2",
        tmp_path / "report.html",
        analysis=Analysis(
            "a",
            [*names.values()],
            "test",
            baselines=list(BASELINES),
            sources=["pca"],
            predictors=[],
            models=[],
            same_dims={},
            layer_table=layer_table(names),
        ),
        recording=tmp_path / "recording.h5",
        metrics=tmp_path / "metrics.tsv",
        networks=[],
        timings={},
        figures=[
            Figure("umap_raw", "A map", *files, {"source": "raw"}),
            Figure("umap_pca", "Another map", *files, {"source": "raw"}),
            Figure("knowledge", "Nothing to show", *files, {"source": ""}),
            Figure("neurons", "Nothing to show", *files, {"source": ""}),
            Figure("loadings", "Loadings by layer", *files, {"source": ""}),
        ],
        interactive="<b>maps</b>",
        config="{}",
    )
    page = " ".join((tmp_path / "report.html").read_text().split())
    assert "4 neurons, 50 time bins of 1.2 s (1 min). Behaviour: none." in page
    assert "2 silent or constant neurons" in page
    for words in (
        "Left out: 3 bins with NaN or infinity",
        "Missing: 5 values (2.5 %), which are NaN or infinite",
        "<p>`nan` lost &lt;much&gt;.</p>",
    ):
        assert (words in page) == (len(layers) == 2)
    assert ("2 layers with the same number of neurons" in page) == (len(layers) == 2)
    assert "<p>CA1 is &lt;small&gt;.</p>" in page
    assert ("The recording is simulated: its true rates have an r2 of 0.300" in page) == bool(
        copied
    )
    assert "Attainable:" not in page and "attainable scores" not in page
    for layer, name in names.items():
        assert f"<tr><td>{name}</td><td>{layer}</td><td>1,234</td><td>4</td></tr>" in page
        assert f"<tr><td>{name}</td><td>4</td><td>6</td>" in page  # dims
    assert "<tr><td>&lt;root&gt;</td><td>left out</td><td>2</td><td>0</td></tr>" in page
    assert "Another map</h3>" in page
    assert page.count("<figcaption>Of raw, &lt;plain&gt;.</figcaption>") == 1
    assert "<b>maps</b>" in page and "Nothing to show" not in page
    assert ("Loadings by layer" in page) == (len(layers) == 2)
    assert "better than each of LDS, PPCA, ridge, kernel ridge and PCA. Settings" in page
    assert "For hidden neurons, interpolation can only predict their mean over train." in page
    assert '<td class="bar" style="--share: 25.0%">0.250</td>' in page
    capped = "<td>7</td><td>capped</td><td>far</td>"
    for words in ("far outside it later: 2", "1 left out, 1 capped", "has changed", capped):
        assert (words in page) == (len(layers) == 2)
    assert '<p class="caution">SVCA gives something else' in page
    of_neurons = page.split('aria-label="Hidden neurons"')[1].split("</table>")[0]
    of_entries = page.split('aria-label="Hidden entries"')[1].split("</table>")[0]
    assert "<td>kernel ridge</td>" in of_neurons and "<td>kernel ridge</td>" not in of_entries
    top = page.split('<h2 id="questions">')[0]
    assert ("2 of 10 neurons are copies, or nearly" in top) == bool(copied)
    assert 'class="warnings"' in top and ('<th scope="col">without copies' in page) == bool(copied)
    assert (">0.125</td>" in of_neurons) == bool(copied)
    assert '<p class="headline">5 latent dims describe 4 neurons' in top
    assert ("4 neurons in each layer; more hardly help (LDS). Kernel ridge and LDS" in top) == (
        len(layers) == 2
    )
    assert 'id="networks"' not in page and 'href="#networks"' not in page
