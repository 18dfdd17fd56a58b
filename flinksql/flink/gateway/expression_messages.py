"""Refusals of functions, operators, views and hints in plainer words: a pattern of Flink's message, and the function that rewrites it."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

FUNCTIONS = (
    "ABS", "ARRAY_AGG", "ARRAY_CONCAT", "ARRAY_CONTAINS", "ARRAY_DISTINCT", "ARRAY_JOIN", "ARRAY_POSITION", "ARRAY_REMOVE", "ARRAY_SLICE",
    "ARRAY_SORT", "AVG", "BTRIM", "CARDINALITY", "CAST", "CEIL", "CHAR_LENGTH", "COALESCE", "COLLECT", "CONCAT", "CONCAT_WS", "CONVERT_TZ",
    "COUNT", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_WATERMARK", "DATE_FORMAT", "DAYOFMONTH", "DAYOFWEEK", "DECODE", "DENSE_RANK",
    "ELEMENT", "ELT", "ENCODE", "EXP", "EXTRACT", "FIRST_VALUE", "FLOOR", "FROM_BASE64", "FROM_UNIXTIME", "GREATEST", "HASH_CODE", "HOUR",
    "IF", "IFNULL", "INITCAP", "INSTR", "IS_DECIMAL", "IS_DIGIT", "JSON_ARRAY", "JSON_ARRAYAGG", "JSON_EXISTS", "JSON_OBJECT",
    "JSON_OBJECTAGG", "JSON_QUERY", "JSON_QUOTE", "JSON_STRING", "JSON_UNQUOTE", "JSON_VALUE", "LAG", "LAST_VALUE", "LEAD", "LEAST", "LEFT",
    "LISTAGG", "LOCALTIMESTAMP", "LOCATE", "LOG", "LOWER", "LPAD", "LTRIM", "MAP_ENTRIES", "MAP_FROM_ARRAYS", "MAP_KEYS", "MAP_UNION",
    "MAP_VALUES", "MAX", "MD5", "MIN", "MINUTE", "MOD", "MONTH", "NOW", "NTILE", "NULLIF", "OVERLAY", "PARSE_JSON", "PARSE_URL",
    "PERCENTILE", "POSITION",
    "POWER", "PROCTIME", "QUARTER", "RAND", "RANK", "REGEXP", "REGEXP_COUNT", "REGEXP_EXTRACT", "REGEXP_REPLACE", "REPEAT",
    "REPLACE", "REVERSE", "RIGHT", "ROUND", "ROW_NUMBER", "RPAD", "RTRIM", "SECOND", "SHA1", "SHA2", "SHA256", "SIGN", "SOURCE_WATERMARK",
    "SPLIT", "SPLIT_INDEX", "SQRT", "STARTSWITH", "STDDEV_POP", "STDDEV_SAMP", "STR_TO_MAP", "SUBSTR", "SUBSTRING", "SUM", "TIMESTAMPADD",
    "TIMESTAMPDIFF", "TO_BASE64", "TO_DATE", "TO_TIMESTAMP", "TO_TIMESTAMP_LTZ", "TRANSLATE", "TRIM", "TRUNCATE", "TRY_CAST",
    "TRY_PARSE_JSON", "TYPEOF", "UNIX_TIMESTAMP", "UPPER", "URL_DECODE", "URL_ENCODE", "UUID", "VAR_POP", "VAR_SAMP", "WEEK", "YEAR",
)  # fmt: skip
FUNCTIONS_OF_OTHER_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "DATEADD": "ts + INTERVAL '1' DAY",
        "DATEDIFF": "TIMESTAMPDIFF(DAY, a, b)",
        "DATE_ADD": "ts + INTERVAL '1' DAY",
        "DATE_SUB": "ts - INTERVAL '1' DAY",
        "DATE_TRUNC": "FLOOR(ts TO DAY)",
        "GETDATE": "CURRENT_TIMESTAMP",
        "GROUP_CONCAT": "LISTAGG(value, ',')",
        "IIF": "IF(condition, a, b)",
        "ISNULL": "COALESCE(a, b), or a IS NULL",
        "JSON_EXTRACT": "JSON_VALUE(json, '$.a')",
        "JSON_EXTRACT_SCALAR": "JSON_VALUE(json, '$.a')",
        "LEN": "CHAR_LENGTH(text)",
        "LENGTH": "CHAR_LENGTH(text)",
        "NVL": "COALESCE(a, b)",
        "STRING_AGG": "LISTAGG(value, ',')",
        "SYSDATE": "CURRENT_TIMESTAMP",
        "TO_CHAR": "DATE_FORMAT(ts, 'yyyy-MM-dd')",
        "TO_NUMBER": "CAST(text AS DECIMAL)",
    }
)
"""What is written in Flink in place of a function of other systems."""


def _suggestion(name: str, given: str) -> str:
    """Return what may have been meant by a function that is not there, called with arguments of the types `given`."""
    upper = name.upper()
    if upper in FUNCTIONS_OF_OTHER_SYSTEMS:
        return f"Write {FUNCTIONS_OF_OTHER_SYSTEMS[upper]}."
    near = get_close_matches(upper, FUNCTIONS, n=1, cutoff=0.75)
    if near and near[0] != upper:
        return f"Did you mean {near[0]}?"
    if given == "<NUMERIC>":
        return f"If it is an array, write {name}[1] for its first element."
    return "Is the name right?"


_NUMBER = r"(?:TINYINT|SMALLINT|INTEGER|BIGINT|DECIMAL|FLOAT|DOUBLE)[^>]*"
_NO_TIME = rf"(?:{_NUMBER}|(?:VAR)?CHAR[^>]*)"


def _no_function(match: re.Match[str], _message: str) -> str:
    known = match["known"]
    if known:
        listed = "; ".join(known.strip().splitlines())
        return f"function {match['name']} does not take these arguments ({match['given']}). It takes: {listed}"
    what = f"Flink has no function {match['name']} that takes ({match['given']}), and no statement creates one."
    return f"{what} {_suggestion(match['name'], match['given'])}"


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
