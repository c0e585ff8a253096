"""seeds.jsonl: what each seed of a sweep gave, on disk as it comes, so that the same sweep goes on where it stopped.

The first line says what was swept: the experiment's text, the code, and whether each seed drew its own faults. Where
any of these is another, nothing of the file holds, and it is begun afresh.
"""

from pathlib import Path
from typing import Any

import msgspec

from chaosctl.errors import RunBroke
from chaosctl.history.folder import safe_name
from chaosctl.runtimes.source import source_digest
from chaosctl.search.trial import Result

SEEDS = "seeds.jsonl"


class SeedsLog:
    """The results of one sweep below `results`, read at first and then added to; raises RunBroke where it can't be."""

    def __init__(self, results: Path, experiment: str, text: str, *, swarm: bool) -> None:
        self.folder = results / safe_name(experiment) / "sweep"
        self._path = self.folder / SEEDS
        self._head = {"format": 1, "source": source_digest(), "swarm": swarm, "experiment": text}

    def read(self) -> list[Result]:
        """Return the results of earlier sittings; a last line that was cut short is forgotten, its seed runs again."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            lines = []
        if not lines or _decoded(lines[0]) != self._head:
            lines = [msgspec.json.encode(self._head)]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(b"".join(line + b"\n" for line in lines))
        except OSError as error:
            raise RunBroke(f"{self._path}: can't be written: {error.strerror}") from error
        return [msgspec.json.decode(line, type=Result) for line in lines[1:]]

    def append(self, result: Result) -> None:
        """Write one result."""
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(result) + b"\n")
        except OSError as error:
            raise RunBroke(f"{self._path}: can't be written: {error.strerror}") from error


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
