"""Reports as one HTML file: no network, opens from disk, readable in light and dark, in print and by keyboard.

page -> series, lanes, lamport (a run), searches (a sweep, an exploration, a comparison) -> scale. The markup stands in
templates/ (Jinja, everything escaped), uPlot 1.6.32 with its licence in vendor/, from the npm registry as it came.
"""
