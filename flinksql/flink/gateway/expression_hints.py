"""Refusals of functions, operators, views and hints in plainer words: a pattern of Flink's message, and the function that rewrites it."""

import re
from collections.abc import Callable

from flinksql.flink.gateway.function_names import suggestion

_NUMBER = r"(?:TINYINT|SMALLINT|INTEGER|BIGINT|DECIMAL|FLOAT|DOUBLE)[^>]*"
_NO_TIME = rf"(?:{_NUMBER}|(?:VAR)?CHAR[^>]*)"


def _no_function(match: re.Match[str], _message: str) -> str:
    known = match["known"]
    if known:
        listed = "; ".join(known.strip().splitlines())
        return f"function {match['name']} does not take these arguments ({match['given']}). It takes: {listed}"
    what = f"Flink has no function {match['name']} that takes ({match['given']}), and no statement creates one."
    return f"{what} {suggestion(match['name'], match['given'])}"


def _number_and_interval(match: re.Match[str], _message: str) -> str:
    number = match["number"] or match["other"]
    convert = "TO_TIMESTAMP(...)" if "CHAR" in number else "TO_TIMESTAMP_LTZ(..., 3), from milliseconds"
    return (
        f"an interval is added to a time, and this is {number}: make a timestamp of it by {convert}. "
        "Under a watermark do so in a computed column, and name that one after WATERMARK FOR."
    )


def _time_and_text(match: re.Match[str], _message: str) -> str:
    return f"a time and a text cannot be joined by {match['sign']}: write an interval as INTERVAL '1' DAY, and a time as TIMESTAMP '...'."


def _old_window(match: re.Match[str], _message: str) -> str:
    return (
        f"{match['name']} in GROUP BY takes a time attribute and an interval: name a column with a WATERMARK, or one that is PROCTIME(). "
        f"The newer form is FROM TABLE({match['name']}(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))."
    )


def _no_array(match: re.Match[str], _message: str) -> str:
    return f"UNNEST takes an array, a map or a multiset, and this is {match['type'].split('(')[0]}: name a column of such a type."


def _epoch(match: re.Match[str], _message: str) -> str:
    return f"TO_TIMESTAMP takes text, and this is {match['type']}: for milliseconds since 1970 write TO_TIMESTAMP_LTZ(..., 3)."


def _view_columns(match: re.Match[str], _message: str) -> str:
    return f"the view names the columns [{match['names']}] and its query gives [{match['given']}]: name as many as the query gives."


def _ttl(match: re.Match[str], _message: str) -> str:
    return f"the hint STATE_TTL takes a duration such as '1 d', and not '{match['value']}': correct it."


EXPRESSIONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], str]], ...] = (
    (
        re.compile(
            r"\ANo match found for function signature (?P<name>\w+)\((?P<given>[^\n]*)\)\.?(?:\nSupported signatures are:\n(?P<known>.*))?",
            re.DOTALL,
        ),
        _no_function,
    ),
    (
        re.compile(
            rf"\ACannot apply '[-+]' to arguments of type "
            rf"'(?:<(?P<number>{_NO_TIME})> [-+] <INTERVAL|<INTERVAL [A-Z ]+> [+] <(?P<other>{_NO_TIME})>)"
        ),
        _number_and_interval,
    ),
    (re.compile(r"\ACannot apply '(?P<sign>[-+])' to arguments of type '<TIMESTAMP[^>]*> [-+] <(?:VAR)?CHAR"), _time_and_text),
    (re.compile(r"\ACannot apply '\$(?P<name>TUMBLE|HOP|SESSION)'"), _old_window),
    (re.compile(r"\ACannot apply 'UNNEST' to arguments of type 'UNNEST\(<(?P<type>[^>]*)>"), _no_array),
    (re.compile(rf"\ACannot apply 'TO_TIMESTAMP' to arguments of type 'TO_TIMESTAMP\(<(?P<type>{_NUMBER})>"), _epoch),
    (re.compile(r"\AVIEW definition and input fields not match:.*?\[(?P<names>[^]]*)\].*?\[(?P<given>[^]]*)\]", re.DOTALL), _view_columns),
    (re.compile(r"\AInvalid STATE_TTL hint value: .*: (?P<value>.*)"), _ttl),
)
