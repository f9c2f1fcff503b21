"""A NeuroBlueprint tree in place of the list of recordings."""

import pytest
from configs import SCHEMA, loaded
from suite2p_folders import make_suite2p

from nma.experiment import checks, file_checks
from nma.experiment.neuroblueprint import recordings_in
from nma.io.errors import InputError


def tree(folder, *sessions):
    """derivatives/ with a suite2p folder at each of these places."""
    for place in sessions:
        make_suite2p(folder / "derivatives" / place / "suite2p", (3,), (50,))
    return folder / "derivatives"


def test_subjects_and_sessions_are_recordings(tmp_path):
    found = tree(
        tmp_path,
        "sub-002_id-CAA/ses-001_date-20240131/funcimg",
        "sub-001/ses-002/funcimg",
        "sub-001/ses-001/funcimg",
    )
    make_suite2p(found / "sub-001/ses-001/behav/suite2p")
    make_suite2p(found / "others/ses-001/funcimg/suite2p")
    (found / "sub-003/ses-001/funcimg/suite2p").mkdir(parents=True)  # not processed yet
    assert recordings_in(found) == [
        {"name": "sub-001_ses-001", "path": f"{found}/sub-001/ses-001/funcimg/suite2p"},
        {"name": "sub-001_ses-002", "path": f"{found}/sub-001/ses-002/funcimg/suite2p"},
        {
            "name": "sub-002_id-CAA_ses-001_date-20240131",
            "path": f"{found}/sub-002_id-CAA/ses-001_date-20240131/funcimg/suite2p",
        },
    ]


def test_runs_of_a_session_are_told_apart_and_names_are_cleaned(tmp_path):
    found = tree(tmp_path, "sub-1/ses-1/funcimg/rec 1", "sub-1/ses-1/funcimg/rec 2")
    names = [item["name"] for item in recordings_in(found)]
    assert names == ["sub-1_ses-1_rec_1", "sub-1_ses-1_rec_2"]


def test_the_config_may_name_a_tree(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB", str(tree(tmp_path, "sub-001/ses-001/funcimg").parent))
    config = {"recordings": "$LAB/derivatives/"}
    assert checks.list_recordings(config, loaded(SCHEMA)) == {}
    assert [item["name"] for item in config["recordings"]] == ["sub-001_ses-001"]
    file_checks.check_files(config)


def test_a_tree_without_suite2p_is_one_sentence(tmp_path):
    with pytest.raises(InputError) as error:
        checks.list_recordings({"recordings": str(tmp_path)}, loaded(SCHEMA))
    assert str(error.value) == (
        f"config: recordings: found no sub-*/ses-*/funcimg/**/suite2p with planes in the folder "
        f"{tmp_path}, expected a NeuroBlueprint folder of subjects, such as derivatives/; one "
        "suite2p folder is the `path` of a recording."
    )
