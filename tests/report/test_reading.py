"""What a reader does with the report and the summary: folds, sorting, narrow and dark screens,
print, a keyboard and a screen reader."""

from importlib.resources import files

import pytest
from browser import CHROMIUM, open_page
from project import ROOT
from umap_files import PALETTE

from nma.report.summary import render_summary

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium (apt-get install chromium)")

AXE = files("axe_core_python").joinpath("axe.min.js")


@pytest.fixture(scope="module", params=["report", "summary"])
def path(request, small_run, tmp_path_factory):
    """The report of the small workflow, or a summary of it and a recording that failed."""
    results = small_run.folder / "results"
    if request.param == "report":
        return results / "small/report.html"
    folder, layers = tmp_path_factory.mktemp("summary"), ["L1", "L2", "L3"]
    render_summary(
        ROOT / "workflow/report/summary.html.j2",
        folder / "summary.html",
        folder / "summary",
        recordings={name: {"layers": layers, "split": "test"} for name in ("small", "bad")},
        models=["rnn", "gru", "lstm"],
        sources={"cosmooth_r2": ["lds", "ppca", "ridge", "pca", "rnn", "gru", "lstm"]},
        style={"source_colours": PALETTE, "layer_colours": PALETTE, "dpi": 60},
        errors={"bad": ["bad.npy: sresp: found no such key among spks, expected a dict."]},
        results=results,
    )
    return folder / "summary.html"


@pytest.fixture
def page(path):
    with open_page(path) as page:
        yield page
        assert page.errors == []


def violations(page):
    """What axe-core finds, a text for each rule and element."""
    if not page.value("'axe' in window"):
        page.value(f"{AXE.read_text()};0")
    return page.value(
        "axe.run().then(({violations}) => violations.flatMap((v) => "
        "v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 200)}`)))"
    )


def unfold(page):
    page.value("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", features=features)
    unfold(page)
    assert violations(page) == []
    ground = page.value("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("width", [1400, 800, 400])
def test_nothing_is_wider_than_the_window(path, width):
    with open_page(path, width=width) as page:
        unfold(page)
        assert page.value("document.documentElement.scrollWidth") <= width
        beyond = page.value(
            "[...document.querySelectorAll('main *, header *')].filter((e) => "
            "!e.closest('.scroll, pre, .plot, svg, .hidden') && "
            f"e.getBoundingClientRect().right > {width} + 1).map((e) => e.outerHTML.slice(0, 200))"
        )
        assert beyond == []


def test_each_fold_opens_and_closes(page):
    count = page.value("document.querySelectorAll('details').length")
    page.value("document.querySelectorAll('summary').forEach((s, i) => { s.id = `fold-${i}`; })")
    # Innermost folds lie in others: from the outside to the inside, and back.
    for number in range(count):
        page.click(f"#fold-{number}")
    assert page.value("document.querySelectorAll('details[open]').length") == count
    for number in reversed(range(count)):
        page.click(f"#fold-{number}")
    assert page.value("document.querySelectorAll('details[open]').length") == 0


CELLS = "[...document.querySelectorAll('table')[{table}].tBodies[0].rows].map((r) => (r.cells[{column}]?.textContent ?? '').trim())"  # noqa: E501


def test_each_column_sorts_both_ways(page):
    """Numbers by their value, empty cells last, text by the alphabet; the header says how."""
    unfold(page)
    columns = page.value(
        "[...document.querySelectorAll('table')].map((t) => t.tHead.rows[0].cells.length)"
    )
    page.value(
        "document.querySelectorAll('table').forEach((t, i) => [...t.tHead.rows[0].cells]"
        ".forEach((c, j) => { c.firstChild.id = `sort-${i}-${j}`; }))"
    )
    assert columns
    for table, count in enumerate(columns):
        for column in range(count):
            for order in ("descending", "ascending"):
                page.value(f"document.querySelector('#sort-{table}-{column}').click()")
                header = f"document.querySelectorAll('table')[{table}].tHead.rows[0]"
                states = page.value(f"[...{header}.cells].map((c) => c.getAttribute('aria-sort'))")
                assert states == [order if c == column else None for c in range(count)]
                cells = page.value(CELLS.format(table=table, column=column))
                told = [cell for cell in cells if cell]
                assert cells == told + [""] * (len(cells) - len(told))
                try:
                    values = [float(cell.replace(",", "")) for cell in told]
                except ValueError:
                    continue
                assert values == sorted(values, reverse=order == "descending")


def test_a_link_opens_the_fold_of_what_it_points_to(small_run):
    with open_page(small_run.folder / "results/small/report.html") as page:
        page.value("location.hash = '#pca_curves'")
        page.wait("document.getElementById('pca_curves').closest('details').open")


def test_all_is_open_on_paper(page):
    page.value("dispatchEvent(new Event('beforeprint'))")
    assert page.value("document.querySelectorAll('details:not([open])').length") == 0
    page.value("dispatchEvent(new Event('afterprint'))")
    assert page.value("document.querySelectorAll('details[open]').length") == 0


def test_a_keyboard_sorts_and_unfolds(page):
    """Headers are buttons and folds are summaries, which the Tab key reaches."""
    unreachable = page.value(
        "[...document.querySelectorAll('th button, summary, .scroll')]"
        ".filter((e) => e.tabIndex < 0).length"
    )
    assert unreachable == 0
    unfold(page)
    page.value("document.querySelector('table th button').focus()")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r")
    page.call("Input.dispatchKeyEvent", type="keyUp", key="Enter")
    assert page.value("document.querySelector('table th').getAttribute('aria-sort')")
