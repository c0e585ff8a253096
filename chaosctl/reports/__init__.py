"""Reports: a run for people (terminal, Markdown) and for programs (JSON), and the live display while one goes on.

terminal, markdown -> summary, evidence, timeline -> symbols, words. They read what history, checkers and measurements
left; they judge and measure nothing themselves.
"""
