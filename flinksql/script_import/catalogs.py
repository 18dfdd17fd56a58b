"""The catalogs of a script: each becomes an entry of `catalogs` in the manifest, and what is in it stays where it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.script_import.edits import Edits
from flinksql.script_import.names import Path
from flinksql.script_import.rewrite import edit_comments, edit_placeholders
from flinksql.script_import.secrets import edit_secrets
from flinksql.script_import.split import Piece
from flinksql.sql.catalogs import TYPE
from flinksql.sql.manifest import CATALOG
from flinksql.sql.names import DEFAULT_PATH
from flinksql.sql.options import option_tokens
from flinksql.sql.placeholders import render
from flinksql.sql.rendered import Rendered, Segment

IN_MEMORY = "generic_in_memory"
_DATABASE = "default-database"


@dataclass(frozen=True, kw_only=True)
class ScriptCatalog:
    """A catalog as the manifest has it. `body` is what stands after its name in the script; `remarks` are the comments above it."""

    body: str = field(repr=False)
    options: Mapping[str, str]
    secrets: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The values of its options, with the placeholders in them, as SQL has texts."""
        return " ".join("'" + value.replace("'", "''") + "'" for value in self.options.values())

    @property
    def database(self) -> str:
        """The database that USE CATALOG enters."""
        return self.options.get(_DATABASE, "default")


def read_catalog(piece: Piece, name: str, body: str, known: Mapping[str, str]) -> ScriptCatalog:
    """Read a CREATE CATALOG. Raises StatementError for options or placeholders that are malformed, and for a missing type."""
    edits = Edits()
    secrets = edit_secrets(piece, f"catalog_{name}", edits)
    parameters = edit_placeholders(piece, known, edits)
    edit_comments(piece.above, edits)
    script = piece.script
    position = piece.position
    text = "\n" * (position.line - 1) + " " * (position.column - 1) + edits.applied(script.text, piece.start, piece.end)
    # Only what is no placeholder is refused: the manifest keeps the others as they are.
    render(text, position.file, dict.fromkeys([*known, *parameters], "value"))
    as_written = Rendered(sql=text, file=position.file, text=text, segments=(Segment(start=0, source=0, copied=True),))
    options = {key: token.value for key, token in option_tokens(as_written).items()}
    if TYPE not in options:
        raise piece.problem(0, f"catalog {name} has no 'type', such as paimon, iceberg or jdbc: add it")
    remarks = tuple(edits.applied(script.text, one.start, one.start + len(one.text)) for one in piece.above)
    return ScriptCatalog(body=body, options=options, secrets=tuple(secrets), remarks=remarks)


def refused_name(name: str) -> str:
    """Return why the manifest cannot have a catalog of this name; empty where it can."""
    if name == DEFAULT_PATH[0]:
        return "every session has this catalog already: give it another name, here and in the statements that use it"
    if re.fullmatch(CATALOG, name) is None:
        return "the manifest takes names of letters, digits and `_`, a letter first: give it another name, here and where it is used"
    return ""


def in_full(path: Path) -> str:
    """Return a full name as SQL has it. Each part is in backticks: `default` is a keyword."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in path)


def table_of_catalog(path: Path, *, adopted: bool) -> str:
    """Return what is said of a CREATE TABLE whose rows its catalog keeps."""
    first = f"catalog {path[0]} says where its rows lie: make it there once"
    if adopted:
        return f"{first}, with a SQL client; statements of the bundle name it {in_full(path)}"
    return f"{first}, and write the catalog under `catalogs:` in bundle.yaml; or write CREATE TABLE with a connector"


def database_of_catalog(catalog: str) -> str:
    """Return what is said of a CREATE DATABASE in a catalog of the manifest."""
    return f"a bundle creates nothing in catalog {catalog}: make the database there once, with a SQL client"
