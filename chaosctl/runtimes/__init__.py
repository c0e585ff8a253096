"""Where nodes live, and what makes a run happen: one conductor over two runtimes, real processes and simulation.

run -> kept, conductor -> handles, router, script -> members -> journal -> runtime. `processes` (with its supervisor)
and `simulation` (with its clock) implement `runtime.Runtime`; nothing but `run` knows which one it has.
"""
