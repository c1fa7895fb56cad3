"""Random programs over the language, against NumPy and PyTorch in float64.

`programs.py` is a program as data, `operations*.py` what its steps mean (the code that
calls Dovetail, and the same in NumPy and in PyTorch), `generate.py` and `motifs.py` make
programs from a seed, `reference.py` and `derivatives.py` evaluate them without Dovetail
and say how far off a result may be, `check.py` compares, `shrink.py` makes a failing
program small. `benchmarks/fuzz.py` runs many.
"""
