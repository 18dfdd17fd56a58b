"""Why a job seems to read no table: it is bounded, or its query is malformed.

The reader of references looks for names only. Before anybody is told to declare a job as bounded, the query is parsed as a whole.
"""

from collections.abc import Sequence

from flinksql.sql import unsupported
from flinksql.sql.misspelling import misspelt_keyword
from flinksql.sql.tokens import Token

NO_COLUMNS = frozenset(
    {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_ROW_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "USER", "MAP"}
)
"""Functions without parentheses, and what stands before `[`."""
TAKE_A_TABLE = ("TUMBLE", "HOP", "CUMULATE", "SESSION", "ML_PREDICT")


def why_no_table(tokens: Sequence[Token], queries: Sequence[tuple[int, int]]) -> tuple[int, str]:
    """Return a place in the SQL and what to do there. `queries` are the indices of the first token and after the last one of each."""
    for start, end in queries:
        found = misspelt_keyword(tokens, range(start, end), ("FROM", "SELECT", "WITH"))
        if found:
            token, keyword = found
            return token.start, f"did you mean {keyword} instead of {token.text}? As it stands, this query reads no table"
        problem = _keyword_missing(tokens[start:end])
        if problem:
            return problem
    for start, end in queries:
        problem = _incomplete(tokens[start:end])
        if problem:
            return problem
    return tokens[0].start, unsupported.ENDS_BY_ITSELF


def _keyword_missing(query: Sequence[Token]) -> tuple[int, str] | None:
    """Return the place of a name in a call where TABLE belongs before it: without the word it is taken for a column."""
    for function, opening, name, comma in zip(query, query[1:], query[2:], query[3:], strict=False):
        if function.is_word(*TAKE_A_TABLE) and opening.text == "(" and name.is_name and comma.text == ",":
            return name.start, unsupported.NO_TABLE_WORD.format(function=function.text, name=name.text)
    return None


def _incomplete(query: Sequence[Token]) -> tuple[int, str] | None:
    """Return what keeps a query from being a whole one that reads nothing; None when it is one."""
    # The parser takes a tenth of a second to load, and is needed for this question alone.
    from sqlglot import exp, parse_one  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    text, starts = _spread(query)
    try:
        parsed = parse_one(text)
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        column = int(details[0].get("col") or 0)
        return _token_at(starts, column), unsupported.NOT_UNDERSTOOD
    names = [column.name for column in parsed.find_all(exp.Column) if column.name.upper() not in NO_COLUMNS]
    if not names:
        return None
    return next((token.start for token in query if token.is_name and token.value in names), query[0].start), unsupported.NO_FROM


def _spread(query: Sequence[Token]) -> tuple[str, list[tuple[int, int]]]:
    """Return the query on one line, names in double quotes, and for each token its column there and its place in the SQL."""
    text = ""
    starts: list[tuple[int, int]] = []
    for token in query:
        starts.append((len(text), token.start))
        text += _plain(token) + " "
    return text, starts


def _plain(token: Token) -> str:
    return '"' + token.value.replace('"', "_") + '"' if token.text.startswith("`") else token.text.replace("\n", " ")


def _token_at(starts: Sequence[tuple[int, int]], column: int) -> int:
    return max((place for place in starts if place[0] < max(column, 1)), default=starts[0])[1]
