"""Pulumi.yaml's `config:` block and docs/reference/settings.md, made from the declarations: `python -m settings.schema --write`."""

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from options.option import Declaration
from settings.keys import FAMILIES, KEYS, SECRETS
from settings.project import PROJECT_FOLDER

_BLOCK = "\nconfig:\n"
_ADVICE = "run `python -m settings.schema --write`"
_COMMAND = "settings.schema"
_TITLE = """# Settings

Made by `python -m settings.schema --write` from the declarations in `settings/` and `options/`; do not edit. A value is set with
`pulumi config set KEY VALUE`, in the stack's own file. All mistakes of a stack's file are reported together.
"""
_SECRETS = """
## Secrets and families of keys

| key | meaning |
|---|---|
"""
_AFTER = """
`model.*` and `external.*` keys of this table and `secret.<NAME>` are set with `pulumi config set --secret`: in plain text they are refused.
"""


def outdated(folder: Path = PROJECT_FOLDER) -> list[str]:
    """Return which files say something else than the declarations, each with what to do."""
    differing = [name for name, text in _wanted(folder).items() if _read(folder / name) != text]
    return [f"{name} differs from the declared settings: {_ADVICE}" for name in differing]


def write(folder: Path = PROJECT_FOLDER) -> None:
    """Write both files."""
    for name, text in _wanted(folder).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _wanted(folder: Path) -> dict[str, str]:
    by_hand, _, _ = _read(folder / "Pulumi.yaml").partition(_BLOCK)
    return {"Pulumi.yaml": by_hand + _BLOCK + "".join(_block()), "docs/reference/settings.md": "".join(_document())}


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _block() -> Iterator[str]:
    for name, key in KEYS.items():
        declared = key.declared
        # Pulumi reads `a.b` as a path into an object unless it is quoted twice.
        yield f"  '[\"{name}\"]':\n" if "." in name else f"  {name}:\n"
        yield f"    type: {declared.kind}\n"
        yield f"    default: {_literal(declared)}\n"
        yield f"    description: {json.dumps(_described(declared))}\n"


def _literal(declared: Declaration) -> str:
    return json.dumps(declared.default_text) if declared.kind == "string" else declared.default_text


def _described(declared: Declaration) -> str:
    """Return what an option means, with its unit where neither its key nor its meaning has it."""
    unit = declared.unit
    told = unit.lower() in f"{declared.key} {declared.meaning}".lower()
    return declared.meaning if told else f"{declared.meaning} ({unit})"


def _document() -> Iterator[str]:
    yield _TITLE
    for noun, keys in groupby(sorted(KEYS.items(), key=_noun_order), key=lambda item: _noun(item[0])):
        yield f"\n## {noun}\n\n| key | default | allowed | meaning |\n|---|---|---|---|\n"
        for name, key in keys:
            declared = key.declared
            default = f"`{declared.default_text}`" if declared.default_text else ""
            yield f"| `{name}` | {default} | {_cell(declared.allowed)} | {_cell(_described(declared))} |\n"
    yield _SECRETS
    for name, meaning in {**SECRETS, **{one.shown: one.meaning for one in FAMILIES}}.items():
        yield f"| `{name}` | {meaning} |\n"
    yield _AFTER


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _noun(name: str) -> str:
    return name.partition(".")[0]


_NOUNS = list(dict.fromkeys(_noun(name) for name in KEYS))


def _noun_order(item: tuple[str, object]) -> int:
    return _NOUNS.index(_noun(item[0]))


def main(arguments: list[str]) -> int:
    """Write the files, or say which are outdated. Return the exit status."""
    if arguments == ["--write"]:
        write()
        return 0
    if arguments:
        sys.stderr.write(f"usage: python -m {_COMMAND} [--write]\n")
        return 2
    problems = outdated()
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
