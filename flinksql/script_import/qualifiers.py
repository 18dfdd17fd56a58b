"""Names of tables before those of columns: what `table.column` becomes where the bundle calls the table otherwise."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from flinksql.script_import.edits import Edits
from flinksql.script_import.names import dotted, written
from flinksql.script_import.split import Piece

_BEFORE_NO_ALIAS = frozenset(
    {"FROM", "JOIN", "INTO", "OVERWRITE", "TABLE", "SELECT", "DISTINCT", "ALL", "BY", "AND", "OR", "NOT", "ON", "WHERE", "HAVING", "IN"}
    | {"CASE", "WHEN", "THEN", "ELSE", "BETWEEN", "LIKE", "IS", "USING"}
)
"""Words before a name that make it no alias."""


def edit_qualifiers(piece: Piece, renamed: Mapping[str, str], mentions: AbstractSet[int], edits: Edits) -> None:
    """Put the bundle's names of tables before their columns too.

    `renamed` has the bundle's name of each table by the one in the statement, with dots; `mentions` are the offsets at which tables
    stand as such. A name that is an alias in the statement is left alone.
    """
    names = dict(renamed)
    for full, name in renamed.items():
        words = full.split(".")
        for first in range(1, len(words)):
            names.setdefault(".".join(words[first:]), name)
    for index, token in enumerate(piece.tokens):
        if not token.is_name or token.start in mentions or piece.is_at(index - 1, "."):
            continue
        parts = dotted(piece.tokens, index)[0]
        for length in range(len(parts) - 1, 0, -1):
            new = names.get(".".join(part.value for part in parts[:length]))
            if new is not None and (length > 1 or (new != token.value and not _is_alias(piece, token.value))):
                edits.replace(token.start, parts[length - 1].end, written(new))
                break


def _is_alias(piece: Piece, name: str) -> bool:
    """Return whether a statement has the name as an alias: after AS, or right after a name or a parenthesis."""
    for index in range(1, len(piece.tokens)):
        token, before = piece.tokens[index], piece.tokens[index - 1]
        if not token.is_name or token.value != name or piece.is_at(index + 1, "."):
            continue
        if before.is_word("AS") or before.text == ")" or (before.is_name and before.text.upper() not in _BEFORE_NO_ALIAS):
            return True
    return False
