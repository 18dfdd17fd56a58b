"""Statements of a script that a bundle has no file for, each with what to do instead."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flinksql.script_import.split import Piece
from flinksql.sql.unsupported import CREATE_REASONS, PYTHON_FUNCTION, REASONS, TABLE_AS

_SHOWS = "it only shows something"
_CLIENT = "it is a command of the SQL client"

NOT_NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "SHOW": _SHOWS,
        "DESCRIBE": _SHOWS,
        "DESC": _SHOWS,
        "EXPLAIN": f"{_SHOWS}; `preview` has every job's plan made",
        "HELP": _CLIENT,
        "QUIT": _CLIENT,
        "EXIT": _CLIENT,
        "CLEAR": _CLIENT,
        "DROP": "removing a file drops what it creates, and every session of a bundle begins empty",
        "UNLOAD": "no session outlives its statement, and Flink's own functions are always there",
    }
)

_SELECT = (
    "a query alone sends its rows nowhere: write INSERT INTO a table (a print table will do), or CREATE VIEW ... AS, in a file of its own"
)
QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "(", "FROM"})
_OURS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(QUERIES, _SELECT),
        "ALTER": "a bundle has each object's final form: put the change into the file of its CREATE statement",
        "SOURCE": "it runs another script: adopt that one too",
        "DATABASE": "all objects of a bundle are in one database, which is always there",
        "EXECUTE": "a compiled plan is tied to its Flink: write the INSERT that it was compiled from",
    }
)


def left_out(piece: Piece, created: str = "") -> str | None:
    """Return why a statement, or a CREATE of the kind `created`, is left out; None where it is not."""
    if created:
        return _CREATES[created](piece) if created in _CREATES else _OURS.get(created) or CREATE_REASONS.get(created)
    first = piece.tokens[0].text.upper()
    if first == "EXECUTE" and piece.is_at(1, "SELECT"):
        return _SELECT
    return _OURS.get(first) or REASONS.get(first)


def _table(piece: Piece) -> str | None:
    depth = 0
    for token in piece.tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.is_word("AS"):
            return TABLE_AS
    return None


def _function(piece: Piece) -> str | None:
    found = any(piece.is_at(index, "LANGUAGE", "PYTHON") for index in range(len(piece.tokens)))
    return PYTHON_FUNCTION if found else None


def _nothing(_piece: Piece) -> None:
    return None


_CREATES: Mapping[str, Callable[[Piece], str | None]] = {"TABLE": _table, "FUNCTION": _function, "VIEW": _nothing, "MODEL": _nothing}
