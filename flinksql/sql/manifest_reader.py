"""Reading a bundle's manifest. Each mistake is told at its line and column, with what is allowed there."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flinksql.errors import BundleError, StatementError
from flinksql.sql.manifest import FILE, Manifest
from flinksql.statement import Position

Key = tuple[int | str, ...]

_PLAIN: Mapping[str, str] = {
    "missing": "this key is missing",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "string_type": "it must be a text: put it in quotes",
    "mapping_type": "it must be keys and values",
    "dict_type": "it must be keys and values",
    "model_type": "it must be keys and values",
    "model_attributes_type": "it must be keys and values",
    "tuple_type": "it must be a list",
    "string_pattern_mismatch": "a name has lower-case letters, digits and `_`, a letter first",
}
"""pydantic's words for programmers, in the words of this file."""


_REMEMBERED = 8
"""Manifests that are read no second time. What is composed of them is not changed by anybody."""


def read_manifest(folder: Path, shown_folder: str) -> Manifest:
    """Read a bundle's manifest; an empty one when there is no file. Raises BundleError with the place of each mistake."""
    shown = f"{shown_folder}/{FILE}"
    try:
        text = (folder / FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Manifest()
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError([_problem(f"the manifest cannot be read: {error}", shown)]) from None
    try:
        content, nodes = _content(text), _nodes(text)
    except yaml.MarkedYAMLError as error:
        raise BundleError([_problem(f"the manifest is not YAML: {error.problem}", shown, error.problem_mark)]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BundleError([_problem(f"the manifest is not YAML: {error}", shown)]) from None
    twice = [_problem(f"{key.value} is given twice: keep one", shown, key.start_mark) for key in _repeated(nodes)]
    try:
        manifest = Manifest.model_validate({} if content is None else content)
    except ValidationError as error:
        raise BundleError([*twice, *(_validation_problem(one, shown, nodes) for one in error.errors())]) from None
    if twice:
        raise BundleError(twice)
    return manifest


def unknown_topics(manifest: Manifest, topics: tuple[str, ...], folder: Path, shown_folder: str) -> list[StatementError]:
    """Return a problem for each topic that the manifest names and no table of the bundle lies on."""
    known = ", ".join(topics) or "none"
    named: list[tuple[Key, str]] = [(("topics", name), name) for name in sorted(manifest.topics)]
    named += [(("public", index), name) for index, name in enumerate(manifest.public)]
    return [
        manifest_problem(
            folder,
            shown_folder,
            where,
            f"{where[0]}.{name}: no table of the bundle lies on this topic.{guess(name, topics)} Its topics: {known}",
        )
        for where, name in named
        if name not in topics
    ]


def manifest_problem(folder: Path, shown_folder: str, where: Key, message: str) -> StatementError:
    """Return the error that says `message` at a key of a bundle's manifest, which can be read."""
    nodes = _nodes((folder / FILE).read_text(encoding="utf-8-sig"))
    return _problem(message, f"{shown_folder}/{FILE}", mark_of(nodes, where))


def place_in_manifest(folder: Path, shown_folder: str, where: Key) -> Position:
    """Return where a key of a bundle's manifest stands."""
    mark = mark_of(_nodes((folder / FILE).read_text(encoding="utf-8-sig")), where)
    return Position(file=f"{shown_folder}/{FILE}", line=mark.line + 1 if mark else 1, column=mark.column + 1 if mark else 1)


@lru_cache(maxsize=_REMEMBERED)
def _content(text: str) -> object:
    """Read a manifest once: one run asks several times which bundle is the default one, and what it says."""
    return yaml.safe_load(text)


@lru_cache(maxsize=_REMEMBERED)
def _nodes(text: str) -> yaml.Node | None:
    """Compose a manifest once for all of its problems: a file of a thousand parameters can have a thousand."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


def mark_of(node: yaml.Node | None, where: Key) -> yaml.Mark | None:
    """Return the mark of the deepest key, or member of a list, on the way to `where`."""
    mark = node.start_mark if node is not None else None
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
            continue
        if not isinstance(node, yaml.MappingNode):
            break
        found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
        if found is None:
            break
        mark, node = found[0].start_mark, found[1]
    return mark


def guess(name: str, known: Sequence[str]) -> str:
    """Return ` Did you mean ...?` for a name that is nearly a known one, else nothing."""
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _repeated(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Return each key that stands in its mapping a second time: YAML's reader takes the last one without a word."""
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _repeated(one)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)
            yield from _repeated(value)


def _validation_problem(error: ErrorDetails, shown: str, nodes: yaml.Node | None) -> StatementError:
    where = tuple(part for part in error["loc"] if part != "[key]")
    path = ".".join(str(part) for part in where)
    message = _described(error, where)
    return _problem(f"{path}: {message}" if path else message, shown, mark_of(nodes, where))


def _described(error: ErrorDetails, where: Key) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        known = sorted(_keys_at(where[:-1]))
        return f"there is no such key here.{guess(str(where[-1]), known)} There are: {', '.join(known)}"
    if kind in {"literal_error", "enum"}:
        return f"it must be {error['ctx']['expected']}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    return _PLAIN.get(kind, error["msg"][:1].lower() + error["msg"][1:])


@cache
def _schema() -> dict[str, Any]:
    return Manifest.model_json_schema(by_alias=True)


def _keys_at(where: Key) -> Sequence[str]:
    """Return the keys that the models know at a place."""
    schema: Mapping[str, Any] = _schema()
    for part in where:
        schema = _resolved(schema)
        schema = schema.get("items", {}) if isinstance(part, int) else _member(schema, part)
    return list(_resolved(schema).get("properties", {}))


def _member(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema.get("properties", {}).get(key) or next(iter(schema.get("patternProperties", {}).values()), None) or {}
    return found or schema.get("additionalProperties") or {}


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference, or the one object or list among alternatives, stands for."""
    while True:
        if "$ref" in schema:
            schema = _schema()["$defs"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next((one for one in schema["anyOf"] if "$ref" in one or one.get("type") in {"object", "array"}), {})
        else:
            return schema


def _problem(message: str, shown: str, mark: yaml.Mark | None = None) -> StatementError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return StatementError(message, position=Position(file=shown, line=line, column=column))
