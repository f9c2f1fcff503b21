"""One module a figure, with its `draw`; and recordings, style, labels, marks and drawn, for them.

workflow/rules/figures.smk lists the figures, and workflow/scripts/plot.py calls `draw` with keyword
arguments: input files, and settings that mean the same in every figure. layers: {layer: its name in
figures} in order; layer_colours, source_colours: palettes, repeated where there are more names than
colours; split: the held-out split that is shown; svg, png: the files to write; dpi: of the PNG;
files: in place of these three, where a figure is for a paper too, those of style.save.
"""
