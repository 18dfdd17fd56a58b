"""Reading files of tests. Each mistake is told at its line and column."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from flinksql.errors import BundleError, StatementError
from flinksql.sql.manifest_reader import Key, guess, mark_of
from flinksql.sql.reader import shown_path
from flinksql.statement import Position
from flinksql.testing.cases import FOLDER, Case, ExpectedRows, GivenRows, TestFile

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class Test:
    """A test with its place. `shown` is the file in messages."""

    __test__ = False

    case: Case
    file: Path
    shown: str
    bundle: Path
    index: int
    nodes: yaml.Node | None = field(repr=False, default=None)

    @property
    def id(self) -> str:
        """What the test is called: bundle, file and name."""
        return f"{self.bundle.name}/{self.file.stem}: {self.case.name}"

    def position(self, *key: int | str) -> Position:
        """Return the place of the test, or of a key below it."""
        mark = mark_of(self.nodes, ("tests", self.index, *key))
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Position(file=self.shown, line=line, column=column)

    def own_keys(self, part: str) -> set[str]:
        """Return the keys that the test itself has below a part, without those that it shares with the file."""
        tests = _member(self.nodes, "tests")
        own = tests.value[self.index] if isinstance(tests, yaml.SequenceNode) else None
        found = _member(own, part)
        return {str(key.value) for key, _ in found.value} if isinstance(found, yaml.MappingNode) else set()

    def problem(self, message: str, *key: int | str) -> StatementError:
        """Return the error that says `message` at a key of the test."""
        return StatementError(message, position=self.position(*key))

    def rows(self, what: GivenRows | ExpectedRows) -> tuple[dict[str, Any], ...]:
        """Return rows as they are written, from their file where they have one. Raises StatementError."""
        return read_rows(self.file.parent / what.file, self) if what.file else tuple(what.rows or ())


def _member(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def test_files(bundle: Path) -> list[Path]:
    """Return the files of tests of a bundle."""
    return sorted(one for one in (bundle / FOLDER).glob("*") if one.suffix in SUFFIXES and one.is_file())


def read_tests(bundle: Path, root: Path) -> list[Test]:
    """Read all tests of a bundle. Raises BundleError with every mistake of every file."""
    found: list[Test] = []
    problems: list[StatementError] = []
    for file in test_files(bundle):
        try:
            found += read_test_file(file, bundle, root)
        except BundleError as error:
            problems += error.problems
    if problems:
        raise BundleError(problems)
    return found


def read_test_file(file: Path, bundle: Path, root: Path) -> list[Test]:
    """Read one file of tests. Raises BundleError with every mistake."""
    shown = shown_path(file, root)
    try:
        text = file.read_text(encoding="utf-8-sig")
        content, nodes = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise BundleError([_problem(f"the tests are not YAML: {error.problem}", shown, error.problem_mark)]) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise BundleError([_problem(f"the tests cannot be read: {error}", shown, None)]) from None
    try:
        read = TestFile.model_validate({} if content is None else content)
    except ValidationError as error:
        raise BundleError([_validation_problem(one["loc"], one["type"], one["msg"], shown, nodes) for one in error.errors()]) from None
    return [
        Test(case=_with_shared(case, read), file=file, shown=shown, bundle=bundle, index=index, nodes=nodes)
        for index, case in enumerate(read.tests)
    ]


def _with_shared(case: Case, read: TestFile) -> Case:
    shared = {
        "parameters": {**read.parameters, **case.parameters},
        "given": {**read.given, **case.given},
        "models": {**read.models, **case.models},
    }
    return case.model_copy(update=shared)


def read_rows(file: Path, test: Test) -> tuple[dict[str, Any], ...]:
    """Read rows from JSON lines or CSV; an empty field of CSV is NULL. Raises StatementError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise test.problem(f"the rows in {file.name} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    if file.suffix == ".csv":
        return tuple({name: value or None for name, value in row.items()} for row in csv.DictReader(io.StringIO(text, newline="")))
    return tuple(_json_lines(text, file, test))


def _json_lines(text: str, file: Path, test: Test) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise test.problem(f"{file.name}:{number} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise test.problem(f"{file.name}:{number} is no object with columns")
        yield row


_WORDS: Mapping[str, str] = {
    "missing": "this key is missing",
    "string_type": "it must be a text: put it in quotes",
    "dict_type": "it must be keys and values",
    "mapping_type": "it must be keys and values",
    "model_type": "it must be keys and values, or a list",
    "tuple_type": "it must be a list",
}


def _validation_problem(where: tuple[int | str, ...], kind: str, message: str, shown: str, nodes: yaml.Node | None) -> StatementError:
    key = _written_key(tuple(part for part in where if part != "[key]"), nodes)
    path = ".".join(str(part) for part in key)
    if kind == "extra_forbidden":
        words = f"there is no such key here.{guess(str(key[-1]), _keys())}"
    else:
        words = _WORDS.get(kind, message.removeprefix("Value error, "))
    return _problem(f"{path}: {words}" if path else words, shown, mark_of(nodes, key))


def _written_key(where: Key, node: yaml.Node | None) -> Key:
    """Return a key as it stands in the file: where a list stands for its object, the object's key is not written."""
    key: list[int | str] = []
    for part in where:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, str):
            continue
        key.append(part)
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        else:
            node = _member(node, str(part))
    return tuple(key)


def _keys() -> list[str]:
    schema = TestFile.model_json_schema()
    return sorted({name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", {})})


def _problem(message: str, shown: str, mark: yaml.Mark | None) -> StatementError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return StatementError(message, position=Position(file=shown, line=line, column=column))
