"""Which code made a run: a digest of chaosctl's own source, by which replays and sweeps know that it has changed."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def source_digest() -> str:
    """Return sixteen hex digits that change with any module of chaosctl."""
    digest = blake2b(digest_size=8)
    for path in sorted(PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()
