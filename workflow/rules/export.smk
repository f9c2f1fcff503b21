"""Results in the formats of other tools.

Needs: recording.h5, layers.json, pca/, state_space/, latents/ and metrics.tsv; an NWB file as source.
Makes: nma.nwb.
"""


rule write_nwb:
    """Latents, loadings and scores in a copy of the source NWB file, or in a new one."""
    input:
        source=planned(paths.nwb_source),
        recording="results/{recording}/recording.h5",
        layer_table="results/{recording}/layers.json",
        latents=planned(paths.all_latents),
        pca=of_layers("results/{recording}/pca/{layer}.h5"),
        fits=of_layers("results/{recording}/state_space/{layer}.h5"),
        metrics="results/{recording}/metrics.tsv",
    output:
        "results/{recording}/nma.nwb",
    log:
        "results/{recording}/logs/write_nwb.log",
    benchmark:
        "results/{recording}/benchmarks/write_nwb.tsv"
    conda:
        "../../envs/arrays.yaml"
    resources:
        **needs("write_nwb"),
    params:
        code=code_of("write_nwb.py"),
        series=lambda wildcards: PLAN.recordings[wildcards.recording].get("series"),
    script:
        "../scripts/write_nwb.py"
