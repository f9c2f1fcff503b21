"""From what the config names, simulated, on disk or on the net, to a checked recording.h5."""


rule simulate_recording:
    """Simulate a raw recording in the form of the Stringer file, with the truth beside it."""
    output:
        raw=settings.RAW_FILES["simulate"],
        truth="results/{recording}/truth.h5",
    log:
        "results/{recording}/logs/simulate_recording.log",
    benchmark:
        "results/{recording}/benchmarks/simulate_recording.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("simulate_recording"),
    params:
        code=code_of("simulate_recording.py"),
        settings=lambda wildcards: settings.simulation(RECORDINGS[wildcards.recording]),
    script:
        "../scripts/simulate_recording.py"


rule download_recording:
    """Download a raw recording, resuming where an earlier try stopped, and check its digest."""
    output:
        settings.RAW_FILES["url"],
    log:
        "results/{recording}/logs/download_recording.log",
    benchmark:
        "results/{recording}/benchmarks/download_recording.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("download_recording"),
    params:
        code=code_of("download_recording.py"),
        url=lambda wildcards: RECORDINGS[wildcards.recording]["url"],
        sha256=lambda wildcards: RECORDINGS[wildcards.recording]["sha256"],
    script:
        "../scripts/download_recording.py"


rule import_recording:
    """Read a raw recording safely, check it, and write it as HDF5."""
    input:
        raw=raw_of,
        positions=lambda wildcards: file_of(wildcards, "positions"),
        labels=lambda wildcards: file_of(wildcards, "labels"),
    output:
        "results/{recording}/recording.h5",
    log:
        "results/{recording}/logs/import_recording.log",
    benchmark:
        "results/{recording}/benchmarks/import_recording.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("import_recording"),
    params:
        code=code_of("import_recording.py"),
        address=address_of,
        bin_seconds=lambda wildcards: RECORDINGS[wildcards.recording].get("bin_seconds"),
        nan=lambda wildcards: RECORDINGS[wildcards.recording]["nan"],
    script:
        "../scripts/import_recording.py"
