"""Raw recordings: simulated, downloaded or the user's own, each imported as recording.h5.

Needs: the recordings of the config, and the files, addresses or objects in buckets that they name.
Makes: results/{recording}/: simulated.npy with truth.h5, or downloaded.npy; and recording.h5.
"""

from nma.recordings.raw import format_name


def raw_of(wildcards):
    """The raw file of a recording: simulated, downloaded, or the user's own."""
    recording = PLAN.recordings[wildcards.recording]
    for kind, path in paths.RAW_FILES.items():
        if kind in recording:
            return path
    return file_of(wildcards, "path")


def address_of(wildcards):
    """The address of a raw file in a bucket; None of any other."""
    path = PLAN.recordings[wildcards.recording].get("path")
    return path if path in OBJECTS else None


def file_of(wildcards, key):
    """A file of a recording that the config names, on disk or in a bucket, or nothing."""
    path = PLAN.recordings[wildcards.recording].get(key, "")
    return OBJECTS.get(path, path) or []


def import_code(wildcards):
    """The digest of the import with the format of the raw file, and with no other format."""
    path = address_of(wildcards) or raw_of(wildcards)
    return code_of_members("import_recording.py", "recordings.formats", format_name(path))


rule simulate_recording:
    """Simulate a raw recording in the Stringer form, and write the truth behind it."""
    output:
        raw=paths.RAW_FILES["simulate"],
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
        settings=lambda wildcards: PLAN.simulation(wildcards.recording),
    script:
        "../scripts/simulate_recording.py"


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
        code=code_of("download_recording.py"),
        url=lambda wildcards: PLAN.recordings[wildcards.recording]["url"],
        sha256=lambda wildcards: PLAN.recordings[wildcards.recording]["sha256"],
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
        code=import_code,
        address=address_of,
        bin_seconds=lambda wildcards: PLAN.recordings[wildcards.recording].get("bin_seconds"),
        nan=lambda wildcards: PLAN.recordings[wildcards.recording]["nan"],
    script:
        "../scripts/import_recording.py"
