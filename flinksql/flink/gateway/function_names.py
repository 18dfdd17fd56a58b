"""Names of functions: what is near a misspelt one, and what does in Flink what another system calls otherwise."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

NAMES = (
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
ELSEWHERE: Mapping[str, str] = MappingProxyType(
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


def suggestion(name: str, given: str) -> str:
    """Return what may have been meant by a function that is not there, called with arguments of the types `given`."""
    upper = name.upper()
    if upper in ELSEWHERE:
        return f"Write {ELSEWHERE[upper]}."
    near = get_close_matches(upper, NAMES, n=1, cutoff=0.75)
    if near and near[0] != upper:
        return f"Did you mean {near[0]}?"
    if given == "<NUMERIC>":
        return f"If it is an array, write {name}[1] for its first element."
    return "Is the name right?"
