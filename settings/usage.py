"""Where the program reads a setting, found in its source text: attributes of nouns, without running anything."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from settings.keys import Key

NOT_THE_PROGRAM = frozenset({"tests", "benchmarks"})
_ABOUT_ALL = frozenset(f"settings/{one}.py" for one in ("reading", "conditions", "kafka_conditions", "schema", "usage", "lint"))
"""Modules that handle every setting alike, or judge it: reading a value there is no use of it."""
_ROOT = "settings"
"""What the whole configuration is called wherever it is handed on."""


def program_files(root: Path) -> list[Path]:
    """Return the program's Python files."""
    folders = [one for one in sorted(root.iterdir()) if one.is_dir() and not one.name.startswith(".") and one.name not in NOT_THE_PROGRAM]
    return [*sorted(root.glob("*.py")), *(file for folder in folders for file in sorted(folder.rglob("*.py")))]


def unread(keys: Mapping[str, Key], root: Path) -> list[str]:
    """Return the keys that nothing in the program reads."""
    reads: set[tuple[str, str]] = set()
    for file in program_files(root):
        if file.relative_to(root).as_posix() not in _ABOUT_ALL:
            reads |= _reads(file.read_text(encoding="utf-8"), _classes(keys.values()))
    return [name for name, key in keys.items() if (_noun(key), key.path[-1]) not in reads]


def _noun(key: Key) -> str:
    return key.path[-2] if len(key.path) > 1 else _ROOT


def _classes(keys: Iterable[Key]) -> dict[str, set[str]]:
    """Return what the instances of each noun's class, and of those above it, are called in the settings."""
    found: dict[str, set[str]] = {}
    for key in keys:
        for one in key.declared.owner.__mro__:
            found.setdefault(one.__name__, set()).add(_noun(key))
    return found


def _reads(text: str, classes: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    reader = _Reader(classes)
    if _ROOT in text or any(name in text for name in classes):
        reader.visit(ast.parse(text))
    return reader.reads


@dataclass
class _Reader(ast.NodeVisitor):
    """Collects (noun, attribute). A variable is a noun when it is called so, is annotated so, or was assigned from one."""

    classes: Mapping[str, set[str]]
    reads: set[tuple[str, str]] = field(default_factory=set)
    known: dict[str, set[str]] = field(default_factory=dict)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within(node, {"self": self.classes.get(node.name, set())})

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._within(node, {one.arg: self._annotated(one.annotation) for one in parameters if one.annotation})

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            for name, value in _pairs(target, node.value):
                self.known[name] = self.known.get(name, set()) | self._nouns(value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        self.reads |= {(noun, node.attr) for noun in self._nouns(node.value)}

    def _within(self, node: ast.AST, names: Mapping[str, set[str]]) -> None:
        before = dict(self.known)
        self.known |= names
        self.generic_visit(node)
        self.known = before

    def _annotated(self, annotation: ast.expr | None) -> set[str]:
        names = {one.id for one in ast.walk(annotation) if isinstance(one, ast.Name)} if annotation else set[str]()
        return set[str]().union(*(self.classes.get(name, set()) for name in names))

    def _nouns(self, value: ast.expr) -> set[str]:
        if isinstance(value, ast.Name):
            return {value.id} | self.known.get(value.id, set())
        if isinstance(value, ast.Attribute):
            return {value.attr.lstrip("_")}
        if isinstance(value, ast.Call):
            return {_ROOT} if isinstance(value.func, ast.Attribute | ast.Name) and _called(value.func).endswith(_ROOT) else set()
        return set()


def _called(function: ast.Attribute | ast.Name) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)
