"""Score tables: what is written is read, and every number is finite or absent."""

import math

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.scores.table import Score, gather, read_scores, write_scores


@pytest.fixture
def path(tmp_path):
    scores = [
        Score("L1", "gru", "r2", "test", 3, 0.123456789, 0.1, 0.2, 10),
        Score("all", "pca", "dims_80", "train", 0, 17),
        Score("L2", "pca", "mse", "test", 0, 3.5, n=0),
    ]
    write_scores(tmp_path / "scores.tsv", scores)
    return tmp_path / "scores.tsv"


def test_the_text_of_a_table(path):
    assert path.read_text().split("\n") == [
        "layer\tsource\tmetric\tsplit\tseed\tvalue\tci_low\tci_high\tn",
        "L1\tgru\tr2\ttest\t3\t0.123457\t0.1\t0.2\t10",
        "all\tpca\tdims_80\ttrain\t0\t17\t\t\t1",
        "L2\tpca\tmse\ttest\t0\t3.5\t\t\t0",
        "",
    ]


def test_what_is_written_is_read(path):
    first, second, third = read_scores(path)
    assert first == Score("L1", "gru", "r2", "test", 3, 0.123457, 0.1, 0.2, 10)
    assert second[:6] == ("all", "pca", "dims_80", "train", 0, 17)
    assert third[:6] == ("L2", "pca", "mse", "test", 0, 3.5)
    assert all(map(math.isnan, (second.ci_low, second.ci_high, third.ci_low)))


@pytest.mark.parametrize("number", [math.nan, math.inf, np.float32("nan"), np.float64("-inf")])
def test_what_is_not_finite_is_absent(tmp_path, number):
    known = ("L1", "gru", "r2", "test", 0)
    scores = [Score(*known, number, 0.0, 1.0), Score(*known, 0.5, number, 1.0), Score(*known, 0.25)]
    write_scores(tmp_path / "scores.tsv", scores)
    rows = [line.split("\t")[5:8] for line in (tmp_path / "scores.tsv").read_text().splitlines()]
    assert rows[1:] == [["0.5", "", ""], ["0.25", "", ""]]
    assert len(read_scores(tmp_path / "scores.tsv")) == 2


def test_a_table_that_is_read_and_written_again_is_the_same(path):
    write_scores(path.with_name("again.tsv"), read_scores(path))
    assert path.with_name("again.tsv").read_bytes() == path.read_bytes()


def test_a_damaged_table_is_an_error_that_names_the_file(path):
    path.write_text(path.read_text().replace("0.123457", "0.12x457"))
    with pytest.raises(InputError, match=r"scores\.tsv"):
        read_scores(path)


def test_gathered_tables_have_one_header(path, tmp_path):
    gather(tmp_path / "summary.tsv", [path, path])
    header, *rows = path.read_text().splitlines()
    assert (tmp_path / "summary.tsv").read_text().splitlines() == [header, *rows, *rows]
