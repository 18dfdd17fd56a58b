"""Statements of the bundle on their way from the script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flinksql.script_import.edits import Edits
from flinksql.script_import.split import Piece
from flinksql.sql import Entry, ObjectKind, read_references, render
from flinksql.sql.tokens import Comment
from flinksql.statement import Statement


@dataclass(kw_only=True)
class Made:
    """A statement of the bundle on its way: where it comes from, its file's name and text."""

    piece: Piece
    name: str
    text: str
    entry: Entry
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReadStatement:
    """A statement as it was read, after `pad` characters that bring it to its line and column of the script."""

    entry: Entry
    pad: int


def read_entry(text: str, file: str, values: Mapping[str, str]) -> Entry:
    """Read one statement. Raises StatementError."""
    rendered = render(text, file, values)
    references = read_references(rendered)
    return Entry(statement=Statement(name="", kind=references.kind, text=text, file=file), rendered=rendered, references=references)


def edited(script: str, comments: Sequence[Comment], edits: Edits) -> list[str]:
    """Return comments of a script with the edits in them."""
    return [edits.applied(script, one.start, one.start + len(one.text)) for one in comments]


def reads_no_table(entry: Entry) -> bool:
    """Return whether a job reads no table, and so ends by itself."""
    return not any(reference.kind is ObjectKind.TABLE for reference in entry.references.reads)
