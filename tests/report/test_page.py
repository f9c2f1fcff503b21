"""The interactive UMAP in a browser: what a reader clicks, and what is shown for it."""

import io
from collections import namedtuple
from contextlib import contextmanager

import h5py
import numpy as np
import pytest
from browser import CHROMIUM, NO_WEBGL, SOFTWARE_WEBGL, open_page
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from project import ROOT
from umap_files import PALETTE, write_layers, write_maps

from nma.report.interactive import interactive_maps

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium (apt-get install chromium)")

# page: path of the HTML; maps, layers: the files that it was made of. A report.html will do too.
Report = namedtuple("Report", "page maps layers")


@pytest.fixture(scope="module")
def report(small_run):
    """The report of the small workflow."""
    results = small_run.folder / "results/small"
    return Report(
        results / "report.html",
        {source: results / f"umap/{source}.h5" for source in ("raw", "gru_latents")},
        {f"L{number}": results / f"layers/L{number}.h5" for number in (1, 2, 3)},
    )


def write_page(path, fragment):
    """A page with nothing but the fragment, as narrow or wide as the report."""
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>NMA</title>'
    style = "body { margin: 0 auto; padding: 1rem; max-width: 62rem; font: 16px sans-serif }"
    path.write_text(f"{head}<style>{style}</style></head><body>{fragment}</body></html>")
    return path


@contextmanager
def opened(path, **settings):
    """The page once its map is drawn."""
    with open_page(path, **settings) as page:
        page.wait("document.querySelector('#maps .status').textContent.includes('shown')")
        yield page


@pytest.fixture(scope="module", params=[SOFTWARE_WEBGL, NO_WEBGL], ids=["webgl", "svg"])
def page(request, report):
    with opened(report.page, flags=request.param) as page:
        page.kind = "scattergl" if request.param is SOFTWARE_WEBGL else "scatter"
        yield page
        assert page.errors == []
        assert page.requests == [report.page.resolve().as_uri()]


@pytest.fixture(autouse=True)
def as_opened(request):
    """Every test starts from the page as it was opened."""
    if "page" in request.fixturenames:
        request.getfixturevalue("page").value(
            """(() => {
                const root = document.getElementById("maps");
                root.querySelectorAll("select").forEach((list) => { list.selectedIndex = 0; });
                root.querySelectorAll("input").forEach((box) => { box.checked = true; });
                root.dispatchEvent(new Event("change"));
            })()"""
        )


def points_of(path, mode, layers=None):
    """{held out: coordinates (points, 2)} of a map, of these layer numbers or all."""
    with h5py.File(path) as file:
        held_out, layer, xy = file["held_out"][:], file["layer"][:], file[mode][:]
    chosen = np.isin(layer, layers) if layers else np.ones(len(layer), bool)
    return {split: xy[chosen & (held_out == split)] for split in (False, True)}


def shown(page):
    """{held out: coordinates (points, 2)} of what the plot draws, and the kinds of its traces."""
    traces = page.value(
        "document.querySelector('#maps .plot').data"
        ".map(({name, type, x, y}) => [name, type, x.map((_, i) => [x[i], y[i]])])"
    )
    assert [trace[0] for trace in traces] == ["train", "held out"]
    return {held_out: np.reshape(trace[2], (-1, 2)) for held_out, trace in enumerate(traces)}


def assert_shown(page, expected):
    """What the plot draws, and what the line above it says, are these points in some order."""
    found = shown(page)
    for split, points in expected.items():
        assert len(found[split]) == len(points)
        np.testing.assert_allclose(
            *(np.sort(np.round(p, 3), axis=0) for p in (found[split], points)), atol=2e-3
        )
    counts = f"{len(expected[False]):,} train and {len(expected[True]):,} held-out "
    assert page.value("document.querySelector('#maps .status').textContent").startswith(counts)


def coloured(page, colour):
    """How many pixels of the plot are of a colour, or nearly so."""
    picture = imread(io.BytesIO(page.screenshot(selector="#maps .plot")))[..., :3]
    return int((np.abs(picture - to_rgb(colour)).max(axis=-1) < 0.03).sum())


def test_points_are_drawn(page, report):
    """Every layer's colour is on the screen: of held-out points, which are opaque."""
    assert_shown(page, points_of(report.maps["raw"], "unsupervised"))
    kinds = page.value("document.querySelector('#maps .plot').data.map(({type}) => type)")
    assert kinds == [page.kind, page.kind]
    assert all(coloured(page, colour) > 30 for colour in PALETTE[: len(report.layers)])


def test_another_source_and_mode(page, report):
    for source, path in report.maps.items():
        page.choose("#maps [name=source]", source)
        for mode in ("supervised", "unsupervised"):
            page.choose("#maps [name=mode]", mode)
            assert_shown(page, points_of(path, mode))
            warned = "prove nothing" in page.value(
                "document.querySelector('#maps .status').textContent"
            )
            assert warned == (mode == "supervised")


def test_a_layer_goes_off_and_on(page, report):
    everything = points_of(report.maps["raw"], "unsupervised")
    page.click("#maps [name=layer][value=L2]")
    assert_shown(page, points_of(report.maps["raw"], "unsupervised", [1, 3]))
    assert coloured(page, PALETTE[1]) == 0
    assert coloured(page, PALETTE[0]) > 30
    page.click("#maps [name=layer][value=L2]")
    assert_shown(page, everything)
    page.click("#maps [name=none]")
    assert_shown(page, {split: points[:0] for split, points in everything.items()})
    page.click("#maps [name=all]")
    assert_shown(page, everything)


def test_train_points_go_off_and_held_out_ones_stay(page, report):
    everything = points_of(report.maps["raw"], "unsupervised")
    page.click("#maps [name=train]")
    assert_shown(page, {False: everything[False][:0], True: everything[True]})
    page.click("#maps [name=train]")
    page.click("#maps [name=held_out]")
    assert_shown(page, {False: everything[False], True: everything[True][:0]})


def test_layers_stay_in_place_when_others_go_off(page):
    ranges = "(({xaxis, yaxis}) => [xaxis.range, yaxis.range])(document.querySelector('#maps .plot')._fullLayout)"  # noqa: E501
    before = page.value(ranges)
    page.click("#maps [name=layer][value=L1]")
    assert page.value(ranges) == before


@pytest.mark.parametrize("source", ["raw", "gru_latents"])
def test_pointing_at_a_point_says_which_it_is(page, report, source):
    page.choose("#maps [name=source]", source)
    page.click("#maps [name=train]")  # so that the point is not covered
    with h5py.File(report.maps[source]) as file:
        number = int(np.flatnonzero(file["held_out"][:])[3])
        layer, neuron = int(file["layer"][number]), int(file["id"][number])
        x, y = file["unsupervised"][number].tolist()
    expected = [f"layer L{layer}", "held out"]
    if source == "raw":
        with h5py.File(report.layers[f"L{layer}"]) as file:
            z = file["positions"][2][file["neuron_ids"][:] == neuron].item()
        expected = [f"neuron {neuron}", expected[0], f"depth {round(z, 1):g} um", expected[1]]
    else:
        expected = [f"latent unit {neuron}", *expected]
    left, top, *_ = page.box("#maps .plot")
    where = page.value(
        "(({xaxis, yaxis}) => "
        f"[xaxis._offset + xaxis.l2p({x}), yaxis._offset + yaxis.l2p({y})])"
        "(document.querySelector('#maps .plot')._fullLayout)"
    )
    page.point_at(left + where[0], top + where[1])
    lines = page.wait(
        "[...document.querySelectorAll('#maps .hovertext tspan.line')].map((e) => e.textContent)"
        ".join('|')"
    )
    assert lines.split("|") == expected


def test_no_button_sends_data_away(page):
    """Plotly's own buttons have one that uploads the chart; a new one in another version fails."""
    titles = page.value(
        "[...document.querySelectorAll('#maps .modebar-btn')].map((e) => e.dataset.title)"
    )
    assert titles == [
        "Download plot as a PNG", "Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"
    ]  # fmt: skip
    assert page.value("document.querySelectorAll('#maps a[href], #maps form').length") == 0


@pytest.mark.parametrize("width", [1400, 400])
def test_the_page_is_no_wider_than_the_window(report, width):
    with opened(report.page, width=width) as page:
        assert page.value("document.documentElement.scrollWidth") <= width
        assert page.box("#maps .plot")[2] > 0.8 * min(width, 992)
        assert page.errors == []


def test_a_map_of_too_few_points_is_a_sentence(tmp_path):
    maps = write_maps(tmp_path, ["raw", "gru_latents"], 3, points=60, units=1)
    layers = write_layers(tmp_path, 3, 60)
    template, script = (ROOT / f"workflow/report/interactive.{end}" for end in ("html.j2", "js"))
    fragment = interactive_maps(template, maps, layers, layer_colours=PALETTE, script=script)
    with opened(write_page(tmp_path / "page.html", fragment)) as page:
        page.choose("#maps [name=source]", "gru_latents")
        sentence = page.value("document.querySelector('#maps .status').textContent")
        assert sentence == "Too few latent units for a map: it needs at least four train points."
        assert page.value("document.querySelector('#maps .plot').offsetHeight") == 0
        page.choose("#maps [name=source]", "raw")
        assert_shown(page, points_of(maps["raw"], "unsupervised"))
        assert page.value("document.querySelector('#maps .plot').offsetHeight") > 300
        assert page.errors == []
