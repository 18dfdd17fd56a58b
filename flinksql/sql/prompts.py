"""Prompts of a bundle: texts and JSON schemas in files of their own, that SQL reads as `${prompt_NAME}`.

They count as parts of the statements that name them, so a changed file is an upgrade of the jobs that use the model.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from flinksql.errors import BundleError, StatementError
from flinksql.sql.manifest import Manifest
from flinksql.sql.manifest_reader import manifest_problem, mark_of
from flinksql.sql.placeholders import OPENING
from flinksql.statement import Position

PREFIX = "prompt_"
SCHEMA_WORDS = "JSON schema: "
"""What a schema in a prompt is recognised by, by people, models and the model gateway."""
_REFERENCE = "$ref"


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """Where the files lie, and how messages name it."""

    place: Path
    shown: str


def read_prompts(folder: Path, shown_folder: str, manifest: Manifest) -> dict[str, str]:
    """Return the value of each prompt by its parameter's name. Raises BundleError with the place of each mistake."""
    where = _Folder(place=folder, shown=shown_folder)
    values: dict[str, str] = {}
    problems: list[StatementError] = []
    for name in sorted(manifest.prompts):
        try:
            values[PREFIX + name] = _prompt(where, name, manifest)
        except BundleError as error:
            problems += error.problems
    if problems:
        raise BundleError(problems)
    return values


def unused_prompts(folder: Path, shown_folder: str, manifest: Manifest, used: frozenset[str]) -> list[StatementError]:
    """Return a problem for each prompt that no statement reads: a changed file would change nothing."""
    return [
        manifest_problem(folder, shown_folder, ("prompts", name), f"prompts.{name}: no statement reads ${{{PREFIX}{name}}}")
        for name in sorted(manifest.prompts)
        if PREFIX + name not in used
    ]


def _prompt(where: _Folder, name: str, manifest: Manifest) -> str:
    prompt = manifest.prompts[name]
    text = _read(where, ("prompts", name, "text"), prompt.text).strip()
    if prompt.json_schema:
        text += f"\n{SCHEMA_WORDS}{_schema(where, ('prompts', name, 'schema'), prompt.json_schema)}"
    if OPENING.search(text):
        raise _refused(where, ("prompts", name), "a prompt cannot hold a placeholder, and `${` begins one")
    return text


def _read(where: _Folder, key: tuple[str, ...], path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise _refused(where, key, f"{path} lies outside of the bundle's folder: move it there")
    try:
        text = (where.place / path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(where, key, f"{path} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise _refused(where, key, f"{path} cannot be read: {error.strerror}") from None
    if not text.strip():
        raise _refused(where, key, f"{path} is empty")
    return text


def _schema(where: _Folder, key: tuple[str, ...], path: str) -> str:
    """Return a schema in one line. What is wrong with it is told with its place in its own file."""
    text, shown = _read(where, key, path), f"{where.shown}/{path}"
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise _at(shown, error.lineno, error.colno, f"the schema is not JSON: {error.msg}") from None
    except RecursionError:
        raise _at(shown, 1, 1, "the schema is nested too deeply") from None
    for path_in, message in _schema_errors(schema):
        line, column = _place(text, path_in)
        raise _at(shown, line, column, message)
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _schema_errors(schema: object) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield ("type",), 'the schema must describe an object: give it `"type": "object"`'
        return
    # Loading it takes a tenth of a second: only for a bundle that has a schema.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield tuple(error.absolute_path), f"the schema is no JSON Schema (2020-12): {error.message[:200]}"
        return
    yield from _foreign_references(schema, ())


def _foreign_references(node: object, path: tuple[int | str, ...]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    entries: list[tuple[int | str, object]] = []
    if isinstance(node, dict):
        entries = list(node.items())
        if isinstance(target := node.get(_REFERENCE), str) and not target.startswith("#"):
            yield (*path, _REFERENCE), f"a schema cannot refer to what is elsewhere ({target[:60]}): copy it into `$defs`"
    elif isinstance(node, list):
        entries = list(enumerate(node))
    for name, value in entries:
        yield from _foreign_references(value, (*path, name))


def _place(text: str, path: tuple[int | str, ...]) -> tuple[int, int]:
    """Return line and column of a value in JSON, which is YAML but for tabs."""
    try:
        mark = mark_of(yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader), path)
    except yaml.YAMLError:
        mark = None
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _refused(where: _Folder, key: tuple[str, ...], message: str) -> BundleError:
    return BundleError([manifest_problem(where.place, where.shown, key, f"{'.'.join(key)}: {message}")])


def _at(file: str, line: int, column: int, message: str) -> BundleError:
    return BundleError([StatementError(message, position=Position(file=file, line=line, column=column))])
