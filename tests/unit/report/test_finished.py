"""The last lines of a run."""

from nma.report.finished import last_lines


def test_a_report_is_named_with_what_it_says_first(tmp_path):
    report, summary = tmp_path / "report.html", tmp_path / "summary.html"
    report.write_text('<h1>a</h1>\n<p class="headline">5 dims\n of A &amp; B.</p><p>more</p>')
    summary.write_text("<h1>Summary</h1>")
    assert last_lines([report, summary]) == [f"{report}: 5 dims of A & B.", str(summary)]
