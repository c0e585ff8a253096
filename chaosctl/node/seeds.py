"""One stream of randomness a purpose, all derived from the run's seed: a new draw in one place moves no other's."""

from hashlib import blake2b
from random import Random


def stream(seed: int, purpose: str) -> Random:
    """Return the generator for a purpose ("network", "node/n1", "workload"), the same in every process."""
    digest = blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest, "big"))
