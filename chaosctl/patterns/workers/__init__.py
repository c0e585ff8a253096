"""A leader and its workers: who hands out the work, and who takes over when the leader dies."""
