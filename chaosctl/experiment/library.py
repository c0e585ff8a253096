"""The shipped experiments, and how `chaosctl run raft-election/leader-crash` finds one from any folder.

In a checkout they are `experiments/`, in an installed wheel `chaosctl/_experiments`: one folder a pattern.
"""

from collections.abc import Iterator
from pathlib import Path

from chaosctl.errors import BadInput
from chaosctl.experiment.mistakes import listing, nearest

_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Return where the shipped experiments are."""
    installed = _PACKAGE / "_experiments"
    return installed if installed.is_dir() else _PACKAGE.parent / "experiments"


def names() -> list[str]:
    """Return the names of all shipped experiments, `pattern/stem`, sorted."""
    root = folder()
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in _files(root))


def find(name_or_path: str) -> Path:
    """Return the file that a path or a shipped experiment's name means; raises BadInput with the nearest name.

    A path that exists comes first; then `pattern/stem`, then a stem that only one shipped experiment has.
    """
    path = Path(name_or_path)
    if not name_or_path.isprintable() or not name_or_path:
        raise BadInput(f"{name_or_path!r}: is no file's name")
    if path.is_file() or path.is_fifo():
        return path
    wanted = name_or_path.removesuffix(".toml").removeprefix("experiments/")
    shipped = names()
    matches = [name for name in shipped if wanted == name] or [name for name in shipped if wanted == _stem(name)]
    if len(matches) == 1:
        return folder() / f"{matches[0]}.toml"
    if matches:
        raise BadInput(f"{name_or_path}: is the name of {listing(matches)}: say which")
    if path.is_dir():
        raise BadInput(f"{name_or_path}: is a folder{_example(path)}")
    raise BadInput(f"{name_or_path}: is no file and no shipped experiment{_hint(path, wanted, shipped)}")


def _hint(path: Path, wanted: str, shipped: list[str]) -> str:
    beside = {str(each): each for each in path.parent.glob("*.toml")} if path.parent.is_dir() else {}
    near = nearest(str(path), beside) if path.suffix == ".toml" else None
    near = near or (None if path.is_absolute() else nearest(wanted, shipped))
    if near is None and path.is_absolute():
        return ""
    if near is None:
        stem = nearest(_stem(wanted), [_stem(name) for name in shipped])
        near = next((name for name in shipped if _stem(name) == stem), None)
    return f"; did you mean {near}?" if near else "; `chaosctl list experiments` shows them"


def _example(path: Path) -> str:
    inside = sorted(path.glob("*.toml"))
    return f"; name a file in it, such as {inside[0]}" if inside else ""


def _stem(name: str) -> str:
    return name.rpartition("/")[2]


def _files(root: Path) -> Iterator[Path]:
    return root.glob("**/*.toml")
