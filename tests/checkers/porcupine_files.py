"""The recorded histories of ../shared/histories/porcupine and the verdicts that Porcupine gives."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "histories" / "porcupine"


def verdicts() -> list[tuple[str, bool]]:
    """Return each file's name and whether Porcupine finds it linearizable."""
    lines = (FOLDER / "verdicts.tsv").read_text().splitlines()[1:]
    return [(line.split("\t")[0], line.split("\t")[2] == "linearizable") for line in lines]
