"""Import of recordings of trials: what is written, and what is refused in one sentence."""

from functools import partial

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import trial_parts
from nma.recordings.import_recording import import_recording
from nma.recordings.import_trials import import_trials
from nma.recordings.outliers import OutlierRule

NEURONS, TRIALS = 12, 60


def fields(**changes):
    """A dict in the form of Stringer et al. 2021; a change of None leaves a key out."""
    rng = np.random.default_rng(0)
    found = {
        "sresp": rng.gamma(2, 1, (NEURONS, TRIALS)),
        "istim": rng.uniform(0, 2 * np.pi, TRIALS),
        "xyz": rng.uniform(0, 100, (3, NEURONS)),
        "run": rng.random(TRIALS).astype(np.float32),
        "mean_spont": np.full(NEURONS, 0.5),
        "std_spont": np.full(NEURONS, 2.0),
        "u_spont": rng.random((NEURONS, 4)),
        "info": "responses",
    }
    return {key: value for key, value in (found | changes).items() if value is not None}


def imported(tmp_path, content, **arguments):
    np.save(tmp_path / "raw.npy", content, allow_pickle=True)
    import_trials(tmp_path / "raw.npy", tmp_path / "recording.h5", name="a", **arguments)
    return open_h5(tmp_path / "recording.h5")


def test_a_dict_of_trials(tmp_path, capsys):
    content = fields()
    with imported(tmp_path, content) as file:
        assert file.attrs["kind"] == "trials" and "bin_seconds" not in file.attrs
        assert list(file["activity"].attrs["axes"]) == ["neuron", "trial"]
        assert np.allclose(file["activity"][:], content["sresp"])
        assert np.allclose(file["stimulus"][:], content["istim"])
        assert file["stimulus"].attrs["units"] == "rad"
        assert (file["spontaneous/mean"][:] == 0.5).all()
        assert (file["spontaneous/sd"][:] == 2).all()
        assert list(file["behaviour/run"].attrs["axes"]) == ["trial", "feature"]
    said = capsys.readouterr().out
    assert "a: 12 neurons x 60 trials from" in said and "not copied: info" in said


def test_an_array_with_a_file_of_angles(tmp_path):
    content = fields()
    np.save(tmp_path / "angles.npy", content["istim"][:, None] - np.pi)
    with imported(tmp_path, content["sresp"], stimulus=tmp_path / "angles.npy") as file:
        assert np.allclose(file["stimulus"][:], np.mod(content["istim"] - np.pi, 2 * np.pi))
        assert "spontaneous" not in file


def test_neurons_silent_in_spontaneous_activity_are_left_out_and_counted(tmp_path, capsys):
    sd, mean = np.full(NEURONS, 2.0), np.full(NEURONS, 0.5)
    sd[3], mean[5] = 0, np.nan
    with imported(tmp_path, fields(std_spont=sd, mean_spont=mean)) as file:
        assert file["neuron_ids"][:].tolist() == [0, 1, 2, 4, *range(6, NEURONS)]
        assert file.attrs["dropped_unscaled_neurons"] == 2
        assert len(file["spontaneous/sd"]) == NEURONS - 2
    assert "left out: 2 neurons silent in spontaneous activity" in capsys.readouterr().out


def test_trials_with_nan_can_be_left_out_with_their_angles(tmp_path):
    content = fields()
    content["sresp"][2, 7] = np.nan
    with imported(tmp_path, content, nan="drop_bins") as file:
        assert file["activity"].shape == (NEURONS, TRIALS - 1)
        assert np.allclose(file["stimulus"][:], np.delete(content["istim"], 7))
        assert 7 not in file["bins"][:]


def test_outliers_are_judged_by_the_trials_of_train(tmp_path):
    """A wild value in a trial that tests lies far outside train; trials that test are spread."""
    content = fields()
    content["sresp"][4, 3] = 1e5  # every fourth trial tests
    rule = OutlierRule("drop_neurons", 0.99, 20, 20, partial(trial_parts, rule="every_fourth"))
    with imported(tmp_path, content, outliers=rule) as file:
        assert file["outliers/neuron_ids"][:].tolist() == [4]
        assert b"outside its range in train" in file["outliers/reason"][0]


def with_nan():
    angles = fields()["istim"]
    angles[9] = np.nan
    return angles


BAD = {
    "no stimulus": (
        {"istim": None},
        "istim: found none, expected an angle in radians for each trial, for kind: trials; "
        "`stimulus:` of the recording names a .npy file of them.",
    ),
    "another length": (
        {"istim": np.ones(50)},
        "istim: found 50 trials, expected 60 as in the activity of 12 neurons x 60 trials",
    ),
    "one for each neuron": (
        {"istim": np.ones(NEURONS)},
        "is the activity transposed? `orientation` in the config says how it lies",
    ),
    "degrees": (
        {"istim": np.linspace(0, 359, TRIALS)},
        "istim: found angles up to 359, expected an angle in radians for each trial, within 2 pi; "
        "are they degrees? Multiply them by pi / 180.",
    ),
    "NaN": (
        {"istim": with_nan()},
        "istim: found 1 that are NaN or infinite, the first at trial 9, expected an angle",
    ),
    "one angle": ({"istim": np.ones(TRIALS)}, "istim: found the angle 1 in all trials, expected"),
    "texts": ({"istim": np.array(TRIALS * ["a"])}, "istim: found values of type <U1, expected"),
    "two columns": ({"istim": np.ones((TRIALS, 2))}, "istim: found shape (60, 2), expected"),
    "too few trials": (
        {
            "sresp": np.random.default_rng(0).random((NEURONS, 39)),
            "istim": np.ones(39),
            "run": None,
        },
        "istim: found 39 trials, expected at least 40.",
    ),
    "half of spontaneous activity": (
        {"std_spont": None},
        "mean_spont: found only one of the two, expected both mean_spont and std_spont, or neither",
    ),
    "components of other neurons": (
        {"u_spont": np.ones((4, NEURONS))},
        "u_spont: found 4 neurons, expected 12 as in the activity",
    ),
    "spontaneous activity of other neurons": (
        {"std_spont": np.ones(5)},
        "std_spont: found 5 neurons, expected 12 as in the activity",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_is_one_sentence_and_leaves_no_file(case, tmp_path):
    changes, sentence = BAD[case]
    with pytest.raises(InputError) as error:
        imported(tmp_path, fields(**changes))
    assert sentence in str(error.value) and "raw.npy: " in str(error.value)
    assert not (tmp_path / "recording.h5").exists()


def test_a_dict_of_trials_is_no_recording_of_time(tmp_path):
    np.save(tmp_path / "raw.npy", fields(), allow_pickle=True)
    with pytest.raises(InputError) as error:
        import_recording(tmp_path / "raw.npy", tmp_path / "out.h5", name="a")
    assert str(error.value).endswith(
        "raw.npy: istim: found the stimuli of trials, expected none in a recording of time; write "
        "`kind: trials` for a in the config."
    )


def test_bins_of_time_beside_stimuli_are_read_with_a_warning(tmp_path):
    np.save(tmp_path / "raw.npy", fields(), allow_pickle=True)
    import_recording(tmp_path / "raw.npy", tmp_path / "out.h5", name="a", bin_seconds=1)
    with h5py.File(tmp_path / "out.h5") as file:
        assert "kind" not in file.attrs and "stimulus" not in file
        assert "if they are trials, write `kind: trials`" in file.attrs["warnings"][0]


def test_the_angles_are_in_the_file_or_in_one_of_their_own(tmp_path):
    np.save(tmp_path / "angles.npy", fields()["istim"])
    with pytest.raises(InputError, match="istim in the file and `stimulus: .*only one of the two"):
        imported(tmp_path, fields(), stimulus=tmp_path / "angles.npy")
