"""Positions of errors for which Flink gives none: for each kind of refusal, the part of the statement that it is about.

One table: a pattern of the message as people read it, and the function that looks for the place. All places are offsets in the SQL.
"""

import re
from difflib import get_close_matches
from itertools import pairwise

from flinksql.diagnostics.token_search import Locator, Tokens, argument, arguments, keywords, second_of, symbols
from flinksql.flink.gateway import ServerProblem
from flinksql.sql import TokenKind, tokenise


def locate(problem: ServerProblem, sql: str) -> int | None:
    """Return the place in a statement that a problem is about; None when this statement does not have it."""
    tokens = tokenise(sql).tokens
    for pattern, locator in _LOCATORS:
        match = pattern.search(problem.message)
        if match:
            return locator(tokens, match)
    return None


def last_part(name: str) -> str:
    """Return the last part of a name as Flink writes it in full: `default_catalog.default_database.t`, in backticks or not."""
    return name.removeprefix("`").removesuffix("`").rpartition("`.`" if "`.`" in name else ".")[2]


def _sink_column(tokens: Tokens, match: re.Match[str]) -> int | None:
    """Return the place of the expression that is written to a column of a table, by its name in a list of columns or its number from 0."""
    target = _target(tokens, match["sink"])
    if target is None:
        return None
    start = _first_select(tokens, target)
    if start is None:
        return tokens[target].start
    if tokens[start + 1].is_word("DISTINCT", "ALL"):
        start += 1
    expressions = arguments(tokens, start + 1)
    number = _number_in_list(tokens, target, match)
    shown = expressions[number] if number < len(expressions) and not any(tokens[each].text == "*" for each in expressions) else target
    return tokens[shown].start


def _first_select(tokens: Tokens, target: int) -> int | None:
    """Return the index of the SELECT whose columns are written: not that of a common table expression."""
    depth = 0
    selects: list[tuple[int, int]] = []
    for index in range(target, len(tokens)):
        if tokens[index].text == ";":
            break
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        if tokens[index].is_word("SELECT"):
            selects.append((depth, index))
    return min(selects, key=lambda each: each[0])[1] if selects else None


_COLUMN_OF_TABLE = re.compile(r"(?:\A|, )`?([^:`]+?)`?: [A-Z]")


def _number_in_list(tokens: Tokens, target: int, match: re.Match[str]) -> int:
    """Return the number of the written column: in `INSERT INTO t (b, a)` it follows the list, not the table."""
    if target + 1 < len(tokens) and tokens[target + 1].text == "(" and not tokens[target + 2].is_word("SELECT", "WITH", "VALUES", "TABLE"):
        names = [tokens[index].value for index in arguments(tokens, target + 2)]
        if match["column"] in names:
            return names.index(match["column"])
    # Flink counts from 0, and from 2.3 on from 1: which of the table's columns it is tells its name.
    columns = _COLUMN_OF_TABLE.findall(match["table"] or "")
    return columns.index(match["column"]) if columns.count(match["column"]) == 1 else int(match["number"])


def _sink(tokens: Tokens, match: re.Match[str]) -> int | None:
    target = _target(tokens, last_part(match["sink"]))
    return None if target is None else tokens[target].start


def _target(tokens: Tokens, name: str) -> int | None:
    """Return the index of a table's name after INSERT INTO."""
    for index, token in enumerate(tokens):
        if token.is_word("INTO", "OVERWRITE"):
            end = index + 1
            while end + 2 < len(tokens) and tokens[end + 1].text == ".":
                end += 2
            if end < len(tokens) and tokens[end].value == name:
                return end
    return None


def _option_value(tokens: Tokens, match: re.Match[str]) -> int | None:
    """Return the place of the value that stands after a key: `'key' = 'value'`, or `'key', 'value'` in a MAP."""
    for index in range(len(tokens) - 2):
        key, between, value = tokens[index : index + 3]
        if key.kind is TokenKind.STRING and key.value == match["key"] and between.text in {"=", ","} and value.value == match["value"]:
            return value.start
    return None


def _literal(tokens: Tokens, match: re.Match[str]) -> int | None:
    return next((token.start for token in tokens if token.kind is TokenKind.STRING and token.value == match["value"]), None)


def _class(tokens: Tokens, match: re.Match[str]) -> int | None:
    wanted = (match["value"] or match["other"]).replace("$", ".")
    return next((token.start for token in tokens if token.kind is TokenKind.STRING and token.value.replace("$", ".") == wanted), None)


def _jar(tokens: Tokens, match: re.Match[str]) -> int | None:
    return next((token.start for token in tokens if token.kind is TokenKind.STRING and token.value.endswith(match["path"])), None)


def _call(tokens: Tokens, match: re.Match[str]) -> int | None:
    return next((token.start for token in tokens if token.is_word(match["function"])), None)


def _call_of_table(tokens: Tokens, _match: re.Match[str]) -> int | None:
    """Return the place of the first function that is given a table."""
    for function, opening, table in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if function.is_name and opening.text == "(" and table.is_word("TABLE"):
            return function.start
    return None


def _descriptor(tokens: Tokens, match: re.Match[str]) -> int | None:
    """Return the place of a column within `DESCRIPTOR(..)` of a call; by its number from 0 where the message has one."""
    call = next((index for index, token in enumerate(tokens) if token.is_word(match["function"])), None)
    if call is None:
        return None
    word = next((index for index in range(call, len(tokens)) if tokens[index].is_word("DESCRIPTOR")), None)
    if word is None:
        return tokens[call].start
    columns = arguments(tokens, word + 2)
    number = int(match["number"]) if "number" in match.re.groupindex else 0
    return tokens[columns[number] if number < len(columns) else word].start


def _ml_descriptor(tokens: Tokens, match: re.Match[str]) -> int | None:
    return _descriptor(tokens, _ML_PREDICT_AT.match(f"ML_PREDICT {match['number']}") or match)


def _second(tokens: Tokens, match: re.Match[str]) -> int | None:
    places = [token.start for token in tokens if token.is_name and token.value == match["name"]]
    return places[1] if len(places) > 1 else None


def _column(tokens: Tokens, match: re.Match[str]) -> int | None:
    return next((token.start for token in tokens if token.is_name and token.value == match["name"]), None)


def _watermark_expression(tokens: Tokens, _match: re.Match[str]) -> int | None:
    mark = next((index for index, token in enumerate(tokens) if token.is_word("WATERMARK")), len(tokens))
    return next((after.start for word, after in pairwise(tokens[mark:]) if word.is_word("AS")), None)


def _time_of_window(tokens: Tokens, _match: re.Match[str]) -> int | None:
    call = next((index for index, token in enumerate(tokens) if token.is_word("TUMBLE", "HOP", "CUMULATE", "SESSION")), len(tokens))
    return next((tokens[index + 2].start for index in range(call, len(tokens) - 2) if tokens[index].is_word("DESCRIPTOR")), None)


def _order_of_match(tokens: Tokens, _match: re.Match[str]) -> int | None:
    match = next((index for index, token in enumerate(tokens) if token.is_word("MATCH_RECOGNIZE")), None)
    if match is None:
        return None
    order = next((index for index in range(match, len(tokens) - 2) if tokens[index].is_word("ORDER")), None)
    return tokens[match if order is None else order + 2].start


def _format(tokens: Tokens, match: re.Match[str]) -> int | None:
    """Return the place of a key that is nearly `format`, else of WITH."""
    keys = {token.value: token.start for token, after in pairwise(tokens) if token.kind is TokenKind.STRING and after.text == "="}
    near = get_close_matches("format", keys, n=1, cutoff=0.75)
    return keys[near[0]] if near else _with(tokens, match)


def _bare_interval(tokens: Tokens, _match: re.Match[str]) -> int | None:
    return next((word.start for word, length in pairwise(tokens) if word.is_word("INTERVAL") and length.kind is not TokenKind.STRING), None)


def _watermark_column(tokens: Tokens, _match: re.Match[str]) -> int | None:
    return next((tokens[index + 2].start for index in range(len(tokens) - 2) if tokens[index].is_word("WATERMARK")), None)


def _created(tokens: Tokens, _match: re.Match[str]) -> int | None:
    return next((after.start for word, after in pairwise(tokens) if word.is_word("TABLE", "VIEW") and after.is_name), None)


def _hint(tokens: Tokens, match: re.Match[str]) -> int | None:
    return next(
        (word.start for before, word in pairwise(tokens) if before.text in {"/*+", ","} and word.is_word(match["hint"].upper())), None
    )


def _with(tokens: Tokens, _match: re.Match[str]) -> int | None:
    if not tokens or not tokens[0].is_word("CREATE"):
        return None
    return next((word.start for word, following in pairwise(tokens) if word.is_word("WITH") and following.text == "("), None)


_ML_PREDICT_AT = re.compile(r"(?P<function>ML_PREDICT) (?P<number>\d+)")
_LOCATORS: tuple[tuple[re.Pattern[str], Locator], ...] = (
    (re.compile(r"\Aa table has one watermark"), second_of("WATERMARK")),
    (re.compile(r"\Athe expression of a watermark"), _watermark_expression),
    (re.compile(r"\Aa watermark belongs to event time"), _watermark_column),
    (re.compile(r"\AMATCH_RECOGNIZE goes by time"), _order_of_match),
    (re.compile(r"\AALL ROWS PER MATCH"), keywords("ALL", "ROWS")),
    (re.compile(r"\APATTERN (?:cannot end|has an optional)"), keywords("PATTERN")),
    (re.compile(r"\AOVER windows of one SELECT"), second_of("OVER")),
    (re.compile(r"\ADESCRIPTOR takes the name"), keywords("DESCRIPTOR")),
    (re.compile(r"\Athe second argument of ML_PREDICT"), argument("ML_PREDICT", 1)),
    (re.compile(r"\Athe settings in MAP"), keywords("MAP")),
    (re.compile(r"\Athis model has no provider"), _with),
    (re.compile(r"\Athe hint LOOKUP lacks"), keywords("LOOKUP")),
    (re.compile(r"\Athe hint STATE_TTL takes a duration such as '1 d', and not '(?P<value>[^']*)'"), _literal),
    (re.compile(r"\AThe window function requires the timecol"), _time_of_window),
    (re.compile(r"\Athis table has no format"), _format),
    (re.compile(r"\AFlink SQL has no `!=`"), symbols("!=")),
    (re.compile(r"\Athe view names the columns"), _created),
    (re.compile(r"\A'scan\.startup\.[\w-]+' is required in '(?P<value>[^']*)'"), _literal),
    (
        re.compile(
            r"do not fit table '(?P<sink>[^']*)': .*?(?:column '(?P<column>[^']*)' )?at position (?P<number>\d+)"
            r"(?:.*?table wants: \[(?P<table>[^\n]*)\])?",
            re.DOTALL,
        ),
        _sink_column,
    ),
    (re.compile(r"do not fit table '(?P<sink>[^']*)'"), _sink),
    (re.compile(r"\Atable '(?P<sink>[^']*)' takes only new rows"), _sink),
    (re.compile(r"FOR SYSTEM_TIME"), keywords("FOR", "SYSTEM_TIME")),
    (re.compile(r"\A(?P<function>HOP|CUMULATE|TUMBLE|SESSION) table function"), _call),
    (re.compile(r"\Athe length of a window is a constant"), _bare_interval),
    (re.compile(r"\AOVER "), keywords("OVER")),
    (re.compile(r"\Athis is a table, and one value"), _call_of_table),
    (re.compile(r"\AMATCH_RECOGNIZE needs"), keywords("MATCH_RECOGNIZE")),
    (re.compile(r"\Aa join "), keywords("JOIN")),
    (re.compile(r"\A'(?P<value>sink\.parallelism)' would let"), _literal),
    (re.compile(r"\Aa stream without end cannot be sorted"), keywords("ORDER", "BY")),
    (re.compile(r"cannot overwrite what is there"), keywords("OVERWRITE")),
    (re.compile(r"\AFlink does not check keys"), keywords("PRIMARY", "KEY")),
    (re.compile(r"\Aa watermark needs a column"), _watermark_column),
    (re.compile(r"\Athis table has no connector"), _created),
    (re.compile(r"\AFlink has no hint (?P<hint>\w+)"), _hint),
    (re.compile(r"\Athe hint \w+ names '(?P<value>[^']*)'"), _literal),
    (re.compile(r"\Athis provider takes one column of text"), keywords("INPUT")),
    (re.compile(r"\Athis provider gives one column of text|\Athis model has an output and no input"), keywords("OUTPUT")),
    (re.compile(r"\ADESCRIPTOR\(\.\.\.\) names another number"), keywords("DESCRIPTOR")),
    (re.compile(r"\AJava class (?P<value>\S+) was not found|'(?P<other>[\w.$]+)' does not extend from"), _class),
    (re.compile(r"\Ajar resource (?P<path>\S+) was not found"), _jar),
    (re.compile(r"\A(?P<function>ML_PREDICT) needs rows that never change"), _call),
    (re.compile(r"[Dd]escriptor column .*cannot be assigned to .* at position (?P<number>\d+)"), _ml_descriptor),
    (re.compile(r"\AThe window function (?P<function>\w+)\(.* requires the timecol"), _descriptor),
    (re.compile(r"\AOption '(?P<key>[^']*)' cannot have the value '(?P<value>[^']*)'"), _option_value),
    (re.compile(r"\Athe endpoint (?P<value>\S+) "), _literal),
    (re.compile(r"\A(?:in|out)put column (?P<name>\w+) should be"), _column),
    (re.compile(r"named '(?P<name>[^']*)' already exists in the"), _second),
    (re.compile(r"\ARequired options are missing|\AEither '.*' must be set"), _with),
)
