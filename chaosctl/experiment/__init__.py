"""Experiment files: the model of their tables, loading with every mistake at once, writing, drawing, and the library.

`load.py` is the way in (text to Experiment), `dump.py` the way out; `values.py` and `model.py` are what others import.
Imports run downwards: this package knows `node` (what a pattern declares) and `errors`, and gets everything else that
a file may name through a `Catalogue` from above.
"""
