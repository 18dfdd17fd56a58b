"""`python -m settings.lint`: a setting is declared once, written down nowhere else, and read by something."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from options.model import ModelSettings, gateway_flags
from options.option import keys
from settings.keys import FAMILIES, KEYS, SECRETS, Key
from settings.project import PROJECT_FOLDER
from settings.schema import outdated
from settings.usage import program_files, unread

_OWN = "settings"
_GATEWAY = "modelgateway"
_ARGUMENTS = Path(_GATEWAY) / "arguments.py"
_FLAG = re.compile(r"--[a-z][a-z-]+")
_SET = re.compile(r"pulumi config set (?:--secret )?([a-z][A-Za-z]*(?:\.[A-Za-z]+)+)(?![\w.]*[{<*])")
"""A key in an advice; one that goes on with a placeholder is not looked at."""


def problems(root: Path = PROJECT_FOLDER, declared: Mapping[str, Key] = KEYS) -> list[str]:
    """Return what is wrong, each with what to do."""
    return [*outdated(root), *_written_again(root, declared), *_unknown(root, declared), *_unread(root, declared), *_flags(root)]


def _written_again(root: Path, declared: Mapping[str, Key]) -> Iterator[str]:
    """Yield where a key is looked up or tabled outside this package: there the setting is declared a second time."""
    for file in program_files(root):
        name = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8")
        if name.partition("/")[0] == _OWN or not any(key in text for key in declared if "." in key):
            continue
        for key, line in _read_keys(ast.parse(text)):
            if "." in key and key in declared:
                yield f"{name}:{line} declares {key} a second time: read the value from the settings"


def _read_keys(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield texts by which something is looked up, with their lines: what `get` or `require` gets, what is in brackets, keys of tables."""
    for node in ast.walk(tree):
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith(("get", "require")):
            found = [*node.args[:1]]
        elif isinstance(node, ast.Subscript):
            found = [node.slice]
        elif isinstance(node, ast.Dict):
            found = node.keys
        yield from ((one.value, one.lineno) for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _unknown(root: Path, declared: Mapping[str, Key]) -> Iterator[str]:
    """Yield advice that names a key which does not exist."""
    documents = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    for file in sorted({*program_files(root), *documents}):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            for key in _SET.findall(line):
                if key not in declared and key not in SECRETS and not key.startswith(tuple(one.prefix for one in FAMILIES)):
                    yield f"{file.relative_to(root)}:{number} names the setting {key}, which is not declared"


def _unread(root: Path, declared: Mapping[str, Key]) -> Iterator[str]:
    passed_on = {keys(ModelSettings)[name] for name in gateway_flags()}
    for name in unread(declared, root):
        if name not in passed_on:
            yield f"{name} is declared and nothing reads {'.'.join(declared[name].path)}: use it or remove it"


def _flags(root: Path) -> Iterator[str]:
    """Yield options of the model gateway that nobody can reach, and those that it is given and does not have."""
    known = set(_FLAG.findall("\n".join(_added(root / _ARGUMENTS))))
    settable = set(gateway_flags().values())
    for flag in sorted(settable - known):
        yield f"{_ARGUMENTS} has no option {flag}, which a setting is passed on as"
    texts = [file.read_text(encoding="utf-8") for file in program_files(root) if file.relative_to(root).parts[0] not in {_GATEWAY, _OWN}]
    given = {flag for text in texts for flag in _FLAG.findall(text)}
    for flag in sorted(known - settable - given):
        yield f"{_ARGUMENTS} has the option {flag}, and nothing gives it: remove it, or declare the setting that is passed on as it"


def _added(file: Path) -> Iterator[str]:
    """Yield the names of the options that a module adds to its parser."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and ast.unparse(node.func).endswith("add"):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def main() -> int:
    """Print what is wrong. Return the exit status."""
    found = problems()
    sys.stderr.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
