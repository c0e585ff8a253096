"""From parsed TOML to the model's tables, with every mistake noted and none hiding another.

A table whose model depends on a key (`kind` of a fault, `distribution` of a latency) is dispatched on that key first.
Where a value is wrong its default stands in for it, so that everything beside it is still checked.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from chaosctl.experiment.catalogue import Catalogue
from chaosctl.experiment.mistakes import Mistakes, misspelling, nearest, path_text, suggestion, unknown
from chaosctl.experiment.model import (
    DISTRIBUTIONS,
    Disk,
    Expect,
    Experiment,
    Fault,
    Latency,
    Network,
    System,
    Table,
    Workload,
)
from chaosctl.experiment.positions import Path
from chaosctl.experiment.values import toml_value
from chaosctl.experiment.wording import element, explain, members, wrong_type

T = TypeVar("T", bound=Table)

_HOMES: dict[str, type[Table]] = {
    "": Experiment,
    "system": System,
    "network": Network,
    "disk": Disk,
    "workload": Workload,
    "expect": Expect,
}
"""The tables that there is one of: where a key that stands in the wrong one may belong."""


class Tables:
    """Builds the tables of one file; `options` are the keys of `[system.options]` and `[workload.options]` by table."""

    def __init__(self, catalogue: Catalogue, mistakes: Mistakes, options: Mapping[str, Collection[str]]) -> None:
        self.catalogue = catalogue
        self.mistakes = mistakes
        self.options = options
        self.misplaced: set[str] = set()

    def build(self, model: type[T], raw: dict[str, Any], path: Path = ()) -> T:
        """Return the table, whole where nothing is wrong in it, else with defaults (or None) for what is."""
        chosen, raw, is_known = self._dispatch(model, raw, path)
        fields = {field.alias or name: field for name, field in chosen.model_fields.items()}
        values = {}
        raw = self._mended(chosen, raw, path, list(fields)) if is_known else raw
        for key in [key for key in raw if key in fields]:
            child = self._child(fields[key], raw[key], (*path, key))
            if child is not None:
                values[key] = child
        try:
            return cast("T", chosen.model_validate(values))
        except ValidationError as errors:
            bad = {self._note(error, fields, raw, path) for error in errors.errors(include_url=False)}
        return cast("T", _partial(chosen, {key: value for key, value in values.items() if key not in bad}))

    def _dispatch(self, model: type[Table], raw: dict[str, Any], path: Path) -> tuple[Any, dict[str, Any], bool]:
        """Return the model that the table's own key names, the table with that key mended, and whether it is known."""
        if model is Fault:
            return self._chosen(raw, (*path, "kind"), "fault", self.catalogue.faults, self.catalogue.fault)
        if model is Latency:
            return self._chosen(raw, (*path, "distribution"), "distribution", tuple(DISTRIBUTIONS), DISTRIBUTIONS.get)
        return model, raw, True

    def _chosen(self, raw: Any, path: Path, what: str, names: tuple[str, ...], load: Any) -> tuple[Any, Any, bool]:
        key = str(path[-1])
        written = misspelling(key, raw)
        if written is not None:
            raw = self._renamed(raw, written, key, path[:-1])
        word = raw.get(key)
        if word in names:
            return load(word), raw, True
        if word is None:
            self.mistakes.add(path, f"is missing; it is one of {', '.join(sorted(names))}", at_key=True)
        elif not isinstance(word, str):
            self.mistakes.add(path, wrong_type(str, (), word))
        else:
            self.mistakes.add(path, unknown(what, word, names))
        near = nearest(word, names) if isinstance(word, str) else None
        if near is not None:
            return load(near), {**raw, key: near}, True
        return (Fault if key == "kind" else Latency), {**raw, key: ""}, False

    def _child(self, field: FieldInfo, value: Any, path: Path) -> Any:
        """Return the value with tables inside it built; None where it can't be one."""
        for member in members(field.annotation):
            inside = element(member, 0)
            if isinstance(member, type) and issubclass(member, Table):
                return self._table(member, value, path, alone=len(members(field.annotation)) == 1)
            if isinstance(inside, type) and issubclass(inside, Table):
                return self._list(inside, value, path)
        return value

    def _table(self, model: type[Table], value: Any, path: Path, *, alone: bool) -> Any:
        if isinstance(value, dict):
            return self.build(model, value, path)
        if not alone:
            return value
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            name = ".".join(str(part) for part in path if isinstance(part, str))
            self.mistakes.add((*path, 0), f"is one table, not a list of them: write [{name}]", at_key=True)
            return self.build(model, value[0], (*path, 0))
        hint = ' (such as { distribution = "constant", mean = "5ms" })' if model is Latency else ""
        self.mistakes.add(path, f"must be a table{hint}, not {toml_value(value)}")
        return None

    def _list(self, model: type[Table], value: Any, path: Path) -> Any:
        name = ".".join(str(part) for part in path if isinstance(part, str))
        if isinstance(value, dict):
            self.mistakes.add(path, f"is a list of tables: write [[{name}]] with two brackets", at_key=True)
            return [self.build(model, value, path)]
        if not isinstance(value, list):
            self.mistakes.add(path, f"must be a list of tables, each under [[{name}]], not {toml_value(value)}")
            return None
        built = [self._table(model, each, (*path, number), alone=True) for number, each in enumerate(value)]
        return [each for each in built if each is not None]

    def _mended(self, model: type[Table], raw: dict[str, Any], path: Path, keys: list[str]) -> dict[str, Any]:
        """Return the table with misspelt keys as they should be, and without unknown ones; each is noted."""
        mended = {key: value for key, value in raw.items() if key in keys}
        for key, value in raw.items():
            if key in keys:
                continue
            near = nearest(key, keys)
            if near is None or near in mended or (path and key in Experiment.model_fields):
                self._refuse_key(model, key, path, keys)
            else:
                mended = self._renamed({**mended, key: value}, key, near, path)
        return mended

    def _renamed(self, raw: dict[str, Any], written: str, key: str, path: Path) -> dict[str, Any]:
        """Note a misspelt key, and return the table with the right one: what stands under it is checked as well."""
        what = f"there is no key {toml_value(written)} here{suggestion(written, [key])}"
        self.mistakes.add((*path, written), what, at_key=True)
        self.mistakes.misspelt[*path, key] = written
        return {key if each == written else each: value for each, value in raw.items()}

    def _refuse_key(self, model: type[Table], key: str, path: Path, keys: list[str]) -> None:
        """Say that a table has no such key, and to which one it belongs."""
        homes = [name for name, home in _HOMES.items() if home is not model and key in home.model_fields]
        homes += [f"{name}.options" for name, options in self.options.items() if key in options]
        if "" in homes and path:
            self.misplaced.add(key)
            table = path_text(path) if isinstance(path[-1], int) else f"[{path_text(path)}]"
            hint = f"; it belongs to the top of the file, above the first [table]: here it is a key of {table}"
        elif homes and nearest(key, keys) is None:
            hint = f"; it belongs to [{homes[0]}]"
        else:
            hint = suggestion(key, sorted(keys))
        self.mistakes.add((*path, key), f"there is no key {toml_value(key)} here{hint}", at_key=True)

    def _note(self, error: Any, fields: dict[str, FieldInfo], raw: dict[str, Any], path: Path) -> str:
        """Note one of pydantic's errors; return the key that it concerns, "" for the table as a whole."""
        if not error["loc"]:
            if not self.mistakes.touches(*path):  # Else it may well follow from what was found in the table.
                self.mistakes.add(path, explain(error, None, ()), at_key=True)
            return ""
        key = str(error["loc"][0])
        field = fields[key]
        if error["type"] == "missing":
            if key not in raw and not (not path and key in self.misplaced):
                self.mistakes.add(
                    (*path, key), "is missing" if path else "is missing at the top of the file", at_key=True
                )
            return key
        place, annotation, value = (*path, key), field.annotation, raw[key]
        for step in error["loc"][1:]:
            inside = element(annotation, step)
            if inside is None or not isinstance(value, dict if isinstance(step, str) else list):
                continue  # A union's member, which pydantic names in between.
            place, annotation, value = (*place, step), inside, value[step]
        if self.mistakes.touches(*place) and error["type"] != "value_error":
            return key  # A union's other members found the same value wrong.
        sentence = explain(error, annotation, field.metadata if len(place) == len(path) + 1 else ())
        if len(members(annotation)) > 1 and error["type"] != "value_error":
            sentence = wrong_type(annotation, field.metadata, value)
        self.mistakes.add(place, sentence)
        return key


def _partial(model: type[Table], values: dict[str, Any]) -> Any:
    """Return a table with what is right in it, defaults for what is wrong, and None for what has no default."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        found[name] = _stand_in(field)
        if key in values:
            found[name] = _validated(field, values[key])
    return model.model_construct(**found)


def _stand_in(field: FieldInfo) -> Any:
    """Return what stands for a value that is wrong or missing: its default, a table of defaults, or None."""
    kind = members(field.annotation)[0]
    if not field.is_required():
        return field.get_default(call_default_factory=True)
    return _partial(kind, {}) if isinstance(kind, type) and issubclass(kind, Table) else None


def _validated(field: FieldInfo, value: Any) -> Any:
    """Return one field's value, known to be right, as the model would hold it; tables are built already."""
    if isinstance(value, Table) or (isinstance(value, list) and any(isinstance(each, Table) for each in value)):
        return value
    strict = ConfigDict(strict=True, arbitrary_types_allowed=True)
    return TypeAdapter(field.rebuild_annotation(), config=strict).validate_python(value)
