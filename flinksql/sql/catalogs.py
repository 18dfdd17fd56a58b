"""The catalogs of a manifest as statements: each session in which one is named creates it first.

A catalog keeps its tables elsewhere, so nothing of it is tracked but how it is reached.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from flinksql.errors import StatementError
from flinksql.sql.manifest import FILE, Manifest
from flinksql.sql.manifest_reader import manifest_problem, place_in_manifest
from flinksql.sql.names import DEFAULT_PATH
from flinksql.sql.tokens import Token
from flinksql.statement import Kind, Statement

TYPE = "type"


def catalog_statements(manifest: Manifest, folder: Path, shown_folder: str) -> Iterator[Statement]:
    """Return the statement that creates each catalog. It stands on the line of the manifest that names it, for messages."""
    for name, options in manifest.catalogs.items():
        place = place_in_manifest(folder, shown_folder, ("catalogs", name))
        pairs = ", ".join(f"{_quoted(key)} = {_quoted(value)}" for key, value in options.items())
        text = "\n" * (place.line - 1) + " " * (place.column - 1) + f"CREATE CATALOG `{name}` WITH ({pairs})"
        yield Statement(name=statement_name(name), kind=Kind.CATALOG_OBJECT, text=text, file=f"{shown_folder}/{FILE}")


def statement_name(catalog: str) -> str:
    """Return the name of a catalog's statement, which has no capital letters: each is a small one after two dashes."""
    return "catalog-" + "".join(f"--{letter.lower()}" if letter.isupper() else letter for letter in catalog)


def catalog_problems(manifest: Manifest, folder: Path, shown_folder: str) -> Iterator[StatementError]:
    """Return what is wrong with the catalogs of a manifest, as far as Flink is not needed to know."""
    for name, options in manifest.catalogs.items():
        where = ("catalogs", name)
        if name == DEFAULT_PATH[0]:
            message = f"catalogs.{name}: every session has this one already: give it another name"
            yield manifest_problem(folder, shown_folder, where, message)
        elif TYPE not in options:
            message = f"catalogs.{name}: a catalog has a `type`, such as paimon, iceberg or jdbc: add it"
            yield manifest_problem(folder, shown_folder, where, message)


def refused_catalog(name: str, options: Mapping[str, Token]) -> str:
    """Return what is said of a CREATE CATALOG in a file, with the line of the manifest that takes its place."""
    pairs = ", ".join(f"{key}: {json.dumps(token.value, ensure_ascii=False)}" for key, token in options.items())
    line = f"{name}: {{{pairs or 'type: ...'}}}"
    return f"CREATE CATALOG lives in the session only: write `catalogs: {{{line}}}` in {FILE}, and every statement that names it has it"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
