"""Raw recordings, of time or of trials: simulated, downloaded or the user's own, each imported as
recording.h5.

Needs: the recordings of the config, and the files, addresses or objects in buckets that they name.
Makes: results/{recording}/: simulated.npy with truth.h5, or downloaded, of any format; and recording.h5.
"""


rule simulate_recording:
    """Simulate a raw recording in the Stringer form, and write the truth behind it."""
    output:
        raw=paths.RAW_FILES["simulate"],
        truth="results/{recording}/truth.h5",
    log:
        "results/{recording}/logs/simulate_recording.log",
    benchmark:
        "results/{recording}/benchmarks/simulate_recording.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.of_kind("time")),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("simulate_recording"),
    params:
        code=code_of("simulate_recording.py"),
        settings=lambda wildcards: PLAN.simulation(wildcards.recording),
    script:
        "../scripts/simulate_recording.py"


rule simulate_trials:
    """Simulate trials in the form of Stringer et al. 2021, and write the truth behind them."""
    output:
        raw=paths.RAW_FILES["simulate"],
        truth="results/{recording}/truth.h5",
    log:
        "results/{recording}/logs/simulate_trials.log",
    benchmark:
        "results/{recording}/benchmarks/simulate_trials.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.of_kind("trials")),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("simulate_trials"),
    params:
        code=code_of("simulate_trials.py"),
        settings=lambda wildcards: PLAN.simulation(wildcards.recording),
    script:
        "../scripts/simulate_trials.py"


rule download_recording:
    """Download a raw recording, resuming where an earlier try stopped, and check its digest."""
    output:
        paths.RAW_FILES["url"],
    log:
        "results/{recording}/logs/download_recording.log",
    benchmark:
        "results/{recording}/benchmarks/download_recording.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("download_recording"),
    params:
        # The code of a format decides whether a file is kept, never what is in it.
        code=code_of("download_recording.py"),
        url=lambda wildcards: PLAN.recordings[wildcards.recording]["url"],
        sha256=lambda wildcards: PLAN.recordings[wildcards.recording]["sha256"],
    script:
        "../scripts/download_recording.py"


rule import_recording:
    """Read a raw recording safely, check it, and write it as HDF5."""
    input:
        raw=planned(paths.raw_of),
        positions=lambda wildcards: paths.file_of(PLAN, wildcards.recording, "positions"),
        labels=lambda wildcards: paths.file_of(PLAN, wildcards.recording, "labels"),
    output:
        "results/{recording}/recording.h5",
    log:
        "results/{recording}/logs/import_recording.log",
    benchmark:
        "results/{recording}/benchmarks/import_recording.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.of_kind("time")),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("import_recording"),
    params:
        code=lambda wildcards: code_of_members(
            "import_recording.py",
            "recordings.formats",
            *paths.formats_of(PLAN, wildcards.recording),
        ),
        address=planned(paths.address_of),
        folder=planned(paths.folder_of),
        options=planned(paths.options_of),
        bin_seconds=lambda wildcards: PLAN.recordings[wildcards.recording].get("bin_seconds"),
        nan=lambda wildcards: PLAN.recordings[wildcards.recording]["nan"],
        outliers=own("tensors", "outliers"),
        outlier_share=own("tensors", "outlier_share"),
        outlier_reach=own("tensors", "outlier_reach"),
        outlier_deviations=own("tensors", "outlier_deviations"),
        # Outliers are judged by what they do in train and after it.
        train=own("tensors", "split", "train"),
        validation=own("tensors", "split", "validation"),
        test=own("tensors", "split", "test"),
    script:
        "../scripts/import_recording.py"


rule import_trials:
    """Read a raw recording of trials safely, check it, and write it as HDF5."""
    input:
        raw=planned(paths.raw_of),
        positions=lambda wildcards: paths.file_of(PLAN, wildcards.recording, "positions"),
        labels=lambda wildcards: paths.file_of(PLAN, wildcards.recording, "labels"),
        stimulus=lambda wildcards: paths.file_of(PLAN, wildcards.recording, "stimulus"),
    output:
        "results/{recording}/recording.h5",
    log:
        "results/{recording}/logs/import_trials.log",
    benchmark:
        "results/{recording}/benchmarks/import_trials.tsv"
    wildcard_constraints:
        recording=any_of(PLAN.of_kind("trials")),
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("import_trials"),
    params:
        code=lambda wildcards: code_of_members(
            "import_trials.py",
            "recordings.formats",
            *paths.formats_of(PLAN, wildcards.recording),
        ),
        address=planned(paths.address_of),
        folder=planned(paths.folder_of),
        options=planned(paths.options_of),
        nan=lambda wildcards: PLAN.recordings[wildcards.recording]["nan"],
        outliers=own("tensors", "outliers"),
        outlier_share=own("tensors", "outlier_share"),
        outlier_reach=own("tensors", "outlier_reach"),
        outlier_deviations=own("tensors", "outlier_deviations"),
        # Outliers are judged by what they do in train and in the other trials.
        trial_split=planned(Plan.trial_split),
    script:
        "../scripts/import_trials.py"
