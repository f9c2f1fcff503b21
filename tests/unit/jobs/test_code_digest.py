"""The digest of a script changes with what it runs, and with nothing else."""

import os

import pytest

from nma.jobs import code_digest

TREE = {
    "script.py": '"""What it does."""\n\nfrom nma.used import work\n\nwork(1)  # go\n',
    "other.py": "print(1)\n",
    "nma/__init__.py": '"""The library."""\n',
    "nma/used.py": (
        '"""A module."""\n\nimport numpy as np\n\nfrom nma.deep import base\n\n\n'
        'def work(x):\n    """Add."""\n    return base(x) + 1\n'
    ),
    "nma/deep.py": 'def base(x):\n    """Twice."""\n    return 2 * x\n',
    "nma/unused.py": "def other():\n    return 3\n",
    "nma/models/__init__.py": "FOLDER = 1\n",
    "nma/models/gru.py": "from nma.recurrent import Base\n\n\nclass GRU(Base):\n    size = 1\n",
    "nma/models/rnn.py": "class RNN:\n    size = 1\n",
    "nma/recurrent.py": "class Base:\n    pass\n",
}


class Tree:
    """A temporary workflow/scripts/."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in TREE.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def replace(self, name, old, new):
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def digest(self, *files):
        code_digest._parsed.cache_clear()  # a run reads each file once
        return code_digest.code_digest(*(files or ["script.py"]))


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(code_digest, "SCRIPTS", tmp_path)
    yield Tree(tmp_path)
    code_digest._parsed.cache_clear()


SAME = {  # name: (file, old text, new text)
    "a comment": ("script.py", "  # go", "  # went"),
    "a comment of its own": ("nma/deep.py", "def", "# Why so.\n\ndef"),
    "the docstring of a module": ("script.py", "What it does", "What it did"),
    "no docstring of a module": ("nma/used.py", '"""A module."""\n', ""),
    "the docstring of a function": ("nma/deep.py", "Twice", "Two times"),
    "no docstring of a function": ("nma/used.py", '    """Add."""\n', ""),
    "blank lines": ("nma/deep.py", "return", "\n\n    return"),
    "brackets and breaks": ("nma/used.py", "base(x) + 1", "(\n        base(x)\n        + 1\n    )"),
    "a docstring of the package": ("nma/__init__.py", "The library", "Our library"),
}


@pytest.mark.parametrize("case", SAME)
def test_what_is_said_beside_the_code_does_not_count(tree, case):
    before = tree.digest()
    tree.replace(*SAME[case])
    assert tree.digest() == before


def test_when_it_was_saved_does_not_count(tree):
    before = tree.digest()
    for name in TREE:
        os.utime(tree.folder / name, (1, 1))
    assert tree.digest() == before


def test_where_it_lies_does_not_count(tree, tmp_path_factory, monkeypatch):
    before = tree.digest()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(code_digest, "SCRIPTS", elsewhere)
    assert Tree(elsewhere).digest() == before


CHANGES = {
    "the script": ("script.py", "work(1)", "work(2)"),
    "an imported function": ("nma/used.py", "+ 1", "+ 2"),
    "a function that it calls in turn": ("nma/deep.py", "2 * x", "3 * x"),
    "a default": ("nma/deep.py", "base(x)", "base(x=0)"),
    "a name": ("nma/deep.py", "    return 2 * x", "    y = 2 * x\n    return y"),
    "text that is no docstring": ("nma/used.py", "+ 1", "+ len('ab')"),
    "the package": ("nma/__init__.py", '"""The library."""', "VERSION = 2"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_run_counts(tree, case):
    before = tree.digest()
    tree.replace(*CHANGES[case])
    assert tree.digest() != before


@pytest.mark.parametrize(
    "line",
    [
        "from nma.used import work",
        "import nma.used",
        "import nma.used as library",
        "from nma import used",
        "from nma import unused, used as library",
        "def main():\n    from nma.used import work",
    ],
)
def test_every_way_to_import_counts(tree, line):
    tree.write("script.py", line + "\n")
    before = tree.digest()
    tree.replace("nma/used.py", "+ 1", "+ 2")
    changed = tree.digest()
    assert changed != before
    tree.replace("nma/deep.py", "2 * x", "3 * x")
    assert tree.digest() != changed


@pytest.mark.parametrize("name", ["other.py", "nma/unused.py", "nma/models/gru.py"])
def test_what_is_not_imported_does_not_count(tree, name):
    before = tree.digest()
    tree.write(name, "print('something else')\n")
    assert tree.digest() == before


def test_a_new_import_counts(tree):
    before = tree.digest()
    tree.replace("script.py", "work(1)", "work(1)\nimport nma.unused")
    assert tree.digest() != before


def test_a_models_file_counts_where_it_is_passed(tree):
    gru, rnn = ("script.py", "nma/models/gru.py"), ("script.py", "nma/models/rnn.py")
    before = {files: tree.digest(*files) for files in (gru, rnn)}
    assert len({tree.digest(), *before.values()}) == 3
    tree.replace("nma/models/gru.py", "size = 1", "size = 2")
    assert tree.digest(*gru) != before[gru]
    assert tree.digest(*rnn) == before[rnn]
    changed = tree.digest(*gru)
    tree.replace("nma/recurrent.py", "pass", "size = 3")
    assert tree.digest(*gru) != changed
    assert tree.digest(*rnn) == before[rnn]


def test_modules_may_import_each_other(tree):
    tree.write("nma/deep.py", "import nma.used\n\n\ndef base(x):\n    return x\n")
    assert tree.digest() == tree.digest()


def test_the_digest_of_a_real_script_is_short_text():
    code_digest._parsed.cache_clear()
    digest = code_digest.code_digest("train_model.py", "nma/models/gru.py")
    assert len(digest) == 16
    assert digest != code_digest.code_digest("train_model.py", "nma/models/lstm.py")


@pytest.mark.parametrize("package", ["models", "recordings.formats"])
def test_members_that_are_loaded_by_name_count_alone(tree, package):
    folder = package.replace(".", "/")
    tree.write(f"nma/{folder}/one.py", "SIZE = 1\n")
    tree.write(f"nma/{folder}/two.py", "SIZE = 2\n")

    def digest():
        code_digest._parsed.cache_clear()
        return code_digest.code_of_members("script.py", package, "one")

    before = digest()
    assert before == tree.digest("script.py", f"nma/{folder}/one.py") != tree.digest()
    tree.replace(f"nma/{folder}/two.py", "2", "3")
    assert digest() == before
    tree.replace(f"nma/{folder}/one.py", "1", "3")
    assert digest() != before
