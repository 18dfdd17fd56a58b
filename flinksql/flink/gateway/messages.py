"""Frequent refusals in plain words, with what to do. One table: a pattern of Flink's message, and the function that rewrites it."""

import difflib
import re
from collections.abc import Callable

from flinksql.flink.gateway.advice import REWRITTEN
from flinksql.flink.gateway.expression_messages import EXPRESSIONS
from flinksql.flink.gateway.known_jars import missing_jar

_SHOWN_NAMES = 40
"""More identifiers than any Flink with our connectors has; a classpath with more is cut."""


def plain_message(message: str) -> str:
    """Return the message rewritten when it is one of the frequent ones, else as it is."""
    for pattern, rewrite in _HINTS:
        match = pattern.search(message)
        if match:
            return rewrite(match, message)
    return message


def _names(listing: str) -> list[str]:
    return [name.strip() for name in listing.splitlines() if name.strip()][:_SHOWN_NAMES]


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _unknown_factory(match: re.Match[str], _message: str) -> str:
    noun = next((noun for part, noun in _FACTORIES if part in match["factory"]), "connector or format")
    known = _names(match["known"])
    near = _nearest(match["name"], known)
    return f"Unknown {noun} '{match['name']}'.{near} Use one of: {', '.join(known) or 'none'}. {missing_jar(match['name'])}"


def _no_format(match: re.Match[str], _message: str) -> str:
    return f"Unknown format '{match['name']}'. {missing_jar(match['name'])}"


_FACTORIES = (("ModelProvider", "model provider"), ("DynamicTable", "connector"), ("Format", "format"), ("Catalog", "catalog"))


def _unsupported_options(match: re.Match[str], _message: str) -> str:
    wrong, known = _names(match["wrong"]), _names(match["known"])
    near = _nearest(wrong[0], known) if wrong else ""
    listed = "" if near else f" Known options: {', '.join(known)}."
    return f"Unknown option {', '.join(repr(name) for name in wrong)} for '{match['factory']}'.{near}{listed}"


def _missing_options(match: re.Match[str], _message: str) -> str:
    return f"Required options are missing in WITH (..): {', '.join(_names(match['names']))}."


def _sink_mismatch(match: re.Match[str], _message: str) -> str:
    return (
        f"The query's columns do not fit table '{match['sink'].split('.')[-1]}': {match['cause'].strip()}\n"
        f"  query gives: {match['query'].strip()}\n  table wants: {match['table'].strip()}\n"
        f"Columns are matched by position, not by name."
    )


def _updating_input(_match: re.Match[str], message: str) -> str:
    return (
        f"ML_PREDICT needs rows that never change, and its input is updated later ({_node(message)}). "
        f"Aggregate in a window and group by window_start and window_end."
    )


def _node(message: str) -> str:
    return message.rpartition("produced by node")[2].strip().partition("(")[0]


def _illegal_context(_match: re.Match[str], _message: str) -> str:
    return "This is not a statement that Flink knows. Is the first word misspelt?"


def _several(_match: re.Match[str], _message: str) -> str:
    return "There is more than one statement in the text. Put each into its own file."


def _empty(_match: re.Match[str], _message: str) -> str:
    return "There is no statement in the text: it is empty or a comment."


def _unexpected(match: re.Match[str], _message: str) -> str:
    word = match["token"]
    if word == "<EOF>":
        return "The statement ends too early: something is missing at its end."
    return f"Unexpected {word!r} here."


def _lexical(match: re.Match[str], _message: str) -> str:
    if match["sign"] == "&":
        return "Flink SQL has no `&&`: write AND."
    return "Flink cannot read this character, or a quotation mark or comment before it is never closed."


_TYPES = (
    "ARRAY", "BIGINT", "BINARY", "BOOLEAN", "BYTES", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INTEGER", "INTERVAL", "MAP",
    "MULTISET", "RAW", "ROW", "SMALLINT", "STRING", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "TINYINT", "VARBINARY", "VARCHAR", "VARIANT",
)  # fmt: skip


def _unknown_identifier(match: re.Match[str], _message: str) -> str:
    name = match["name"]
    near = difflib.get_close_matches(name.upper(), _TYPES, n=1, cutoff=0.75)
    guess = f" Did you mean {near[0]}?" if near else " Correct it: it is neither a type nor a column of this table."
    return f"Unknown identifier '{name}'.{guess}"


def _updates_into_sink(match: re.Match[str], message: str) -> str:
    return (
        f"table '{match['sink'].split('.')[-1]}' takes only new rows, and this query changes rows that it has sent ({_node(message)}). "
        "Write into an upsert table ('connector' = 'upsert-kafka' with PRIMARY KEY (...) NOT ENFORCED), "
        "or aggregate in a window and group by window_start and window_end."
    )


def _updates_into_operator(match: re.Match[str], message: str) -> str:
    name = _OPERATORS.get(match["operator"], match["operator"])
    return (
        f"{name} needs rows that never change, and its input is updated later ({_node(message)}). Aggregate its input in a window instead."
    )


_OPERATORS = {
    "StreamPhysicalOverAggregate": "OVER",
    "StreamPhysicalWindowAggregate": "a window",
    "StreamPhysicalGroupWindowAggregate": "a window",
    "StreamPhysicalIntervalJoin": "a join over an interval",
    "StreamPhysicalWindowJoin": "a join of windows",
    "StreamPhysicalMatch": "MATCH_RECOGNIZE",
    "StreamPhysicalTemporalSort": "ORDER BY a time attribute",
}


def _fixed(text: str) -> Callable[[re.Match[str], str], str]:
    return lambda _match, _message: text


def _unknown_hint(match: re.Match[str], _message: str) -> str:
    return f"Flink has no hint {match['hint']}.{_nearest(match['hint'], list(_HINT_NAMES))} There are: {', '.join(_HINT_NAMES)}."


_HINT_NAMES = ("OPTIONS", "STATE_TTL", "LOOKUP", "BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN")


def _unmatched_hint(match: re.Match[str], _message: str) -> str:
    return f"the hint {match['hint']} names '{match['name']}', which is no table or alias here: write the alias, where there is one."


def _watermark_type(match: re.Match[str], _message: str) -> str:
    kind = match["type"].strip()
    convert = {"STRING": "TO_TIMESTAMP(...)", "BIGINT": "TO_TIMESTAMP_LTZ(..., 3)"}.get(kind, "CAST(... AS TIMESTAMP(3))")
    return (
        f"a watermark needs a column of type TIMESTAMP(3) or TIMESTAMP_LTZ(3), and this one is {kind}: "
        f"add a computed column, as in `event_time AS {convert}`, and the watermark for that."
    )


def _metadata_key(match: re.Match[str], _message: str) -> str:
    known = _names(match["known"])
    return f"there is no metadata '{match['key']}' to read.{_nearest(match['key'], known)} There are: {', '.join(known)}."


def _no_subclass(match: re.Match[str], _message: str) -> str:
    return f"class '{match['name']}' does not extend from a function of Flink: name one that is a ScalarFunction or a TableFunction."


def _endpoint(match: re.Match[str], _message: str) -> str:
    return f"the endpoint {match['url']} is none that the provider knows: give one whose path ends in /chat/completions or /embeddings."


def _missing_jar(match: re.Match[str], _message: str) -> str:
    return f"jar resource {match['jar']} was not found: every process of Flink, the SQL Gateway's too, must be able to read this path."


def _missing_object(match: re.Match[str], _message: str) -> str:
    return (
        f"there is no catalog, database or table '{match['name']}'. "
        "A catalog that keeps tables of its own stands under `catalogs:` in bundle.yaml; "
        "any other table: describe this one by CREATE TABLE in a file, and write its name alone."
    )


def _state_refused(_match: re.Match[str], message: str) -> str:
    reason = message.partition(" If you want to allow to skip this")[0]
    return f"The saved state does not fit the new plan: {reason}"


def _unparsed_value(match: re.Match[str], _message: str) -> str:
    return f"Option '{match['key']}' cannot have the value '{match['value']}'. {match['rest'].strip()}".rstrip()


def _number(match: re.Match[str], _message: str) -> str:
    return f"A configuration value is not a number: {match['value']}. Flink does not say which key; look at the statement's options."


_HINTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], str]], ...] = (
    (re.compile(r"Table sink '(?P<sink>[^']*)' doesn't support consuming (?:update|delete)"), _updates_into_sink),
    (
        re.compile(
            r"Could not find any factor(?:y|ies) for identifier '(?P<name>[^']*)' that implements '(?P<factory>[^']*)'"
            r".*?Available factory identifiers are:\s*(?P<known>.*)",
            re.DOTALL,
        ),
        _unknown_factory,
    ),
    (
        re.compile(
            r"Unsupported options found for '(?P<factory>[^']*)'"
            r".*?Unsupported options:\s*(?P<wrong>.*?)\s*Supported options:\s*(?P<known>.*)",
            re.DOTALL,
        ),
        _unsupported_options,
    ),
    (re.compile(r"Missing required options are:\s*(?P<names>.*)", re.DOTALL), _missing_options),
    (
        re.compile(
            r"Column types of query result and sink for '(?P<sink>[^']*)' do not match\."
            r"\s*Cause: (?P<cause>.*?)\s*Query schema:(?P<query>.*?)\s*Sink schema:(?P<table>.*)",
            re.DOTALL,
        ),
        _sink_mismatch,
    ),
    *EXPRESSIONS,
    (re.compile(r"MLPredictTableFunction doesn't support consuming update"), _updating_input),
    (re.compile(r"\A(?P<operator>StreamPhysical\w+) doesn't support consuming (?:update|delete)"), _updates_into_operator),
    (re.compile(r"\AHint: (?P<hint>\w+) should be registered in the HintStrategyTable"), _unknown_hint),
    (
        re.compile(r"following hints cannot match the name of input tables.*?`(?P<name>[^`]*)` in `(?P<hint>\w+)`", re.DOTALL),
        _unmatched_hint,
    ),
    (re.compile(r"Invalid metadata key '(?P<key>[^']*)' in column.*metadata keys for \w+:\s*(?P<known>.*)", re.DOTALL), _metadata_key),
    (re.compile(r"\ACould not find any format factory for identifier '(?P<name>[^']*)'"), _no_format),
    (re.compile(r"\Ajar (?:or artifact )?resource \[(?:file:)?(?P<jar>[^\]]*)\] not found"), _missing_jar),
    (re.compile(r"\AObject '(?P<name>[^']*)' not found"), _missing_object),
    (
        re.compile(r"\AInvalid data type of time field for watermark definition.*time field type is (?P<type>.*)", re.DOTALL),
        _watermark_type,
    ),
    (re.compile(r"\AFunction '(?P<name>[^']*)' does not extend from"), _no_subclass),
    (re.compile(r"\AUnsupported endpoint: (?P<url>\S+)"), _endpoint),
    *((re.compile(pattern), _fixed(text)) for pattern, text in REWRITTEN),
    (re.compile(r"Non-query expression encountered in illegal context"), _illegal_context),
    (re.compile(r"only single statement supported"), _several),
    (re.compile(r'\AEncountered "<EOF>" at line [01], column \d+'), _empty),
    (re.compile(r'\AEncountered "(?P<token>.*?)" at line \d+, column \d+', re.DOTALL), _unexpected),
    (re.compile(r"\AIncorrect syntax near the keyword '(?P<token>.*?)' at line \d+, column \d+", re.DOTALL), _unexpected),
    (re.compile(r"\ALexical error at line \d+, column \d+\.(?:\s+Encountered: \"(?P<sign>.)\")?"), _lexical),
    (re.compile(r"\AUnknown identifier '(?P<name>[^']*)'"), _unknown_identifier),
    (re.compile(r"Cannot map checkpoint/savepoint state"), _state_refused),
    (re.compile(r"Could not parse value '(?P<value>.*?)' for key '(?P<key>[^']*)'\.?(?P<rest>.*)", re.DOTALL), _unparsed_value),
    (re.compile(r"\AFor input string: (?P<value>.*)"), _number),
)
