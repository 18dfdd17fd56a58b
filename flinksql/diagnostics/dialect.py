"""Habits from other SQL dialects, recognised by the tokens around the one that the parser refuses.

Each rule is a function from the tokens, the index of the one that cannot stand, and what the parser expected, to the advice or nothing.
"""

from collections.abc import Callable, Sequence

from flinksql.sql import Token, TokenKind

Rule = Callable[[Sequence[Token], int, set[str]], str]
_TYPE = "BIGINT"
"""The parser expects a type where it expects this one."""
_NUMBER = "<UNSIGNED_INTEGER_LITERAL>"
_NEAR_CAST = 4
"""Tokens of `CAST ( t . column`."""


def dialect_advice(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    """Return the advice, with a space before it; empty when no rule knows better."""
    return next((f" {found}" for rule in RULES if (found := rule(tokens, index, expected))), "")


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _is_keyword(tokens: Sequence[Token], index: int, *words: str) -> bool:
    return 0 <= index < len(tokens) and tokens[index].is_word(*words)


def _distinct(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    name = tokens[index].text
    return f"Write the arguments of a function in parentheses: {name}(DISTINCT ...)." if _is_keyword(tokens, index + 1, "DISTINCT") else ""


def _equals(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    if tokens[index].text != "=":
        return ""
    if "=" in (_text(tokens, index - 1), _text(tokens, index + 1)):
        return "Write one `=` to compare two values."
    return "A computed column is written `name AS expression`." if _is_keyword(tokens, 0, "CREATE") and _TYPE in expected else ""


def _double_colon(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    return "Flink SQL has no `::`: write CAST(value AS TYPE)." if _text(tokens, index) == ":" and _text(tokens, index + 1) == ":" else ""


def _cast(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    near = any(_is_keyword(tokens, place, "CAST", "TRY_CAST") for place in range(index - _NEAR_CAST, index))
    return "A type follows AS: write CAST(value AS TYPE)." if "AS" in expected and near else ""


def _no_type(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    if tokens[index].text in {",", ")"} and _TYPE in expected and tokens[index - 1].is_name:
        return f"The column {tokens[index - 1].text} has no type: write one behind it, as in `{tokens[index - 1].text} STRING`."
    return ""


def _one_type(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    return "MAP takes two types: MAP<STRING, INT>." if tokens[index].text == ">" and "," in expected else ""


def _number(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    return "Write a whole number here." if _NUMBER in expected and _is_keyword(tokens, index - 1, "LIMIT", "OFFSET") else ""


def _end_of_comment(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    return "The comment or hint before it has ended already: remove it." if tokens[index].text == "*/" else ""


def _hint(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    return "Write a hint after its table: FROM t /*+ OPTIONS(...) */." if tokens[index].text == "/*+" else ""


def _option(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    inside = _is_keyword(tokens, index - 2, "OPTIONS") and _text(tokens, index - 1) == "("
    return "Write options in quotes: OPTIONS('key' = 'value')." if inside and tokens[index].kind is TokenKind.WORD else ""


def _insert(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    return (
        "Each INSERT of a set ends with `;`: write it here."
        if _text(tokens, index) == "," and _is_keyword(tokens, index + 1, "INSERT")
        else ""
    )


def _input(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    before = any(_is_keyword(tokens, place, "OUTPUT") for place in range(index))
    return "INPUT comes before OUTPUT: swap them." if _is_keyword(tokens, index, "INPUT") and before else ""


def _second_condition(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    if not _is_keyword(tokens, index, "ON"):
        return ""
    before = next((token for token in reversed(tokens[:index]) if token.is_word("ON", "JOIN", "FROM")), None)
    return "Write one ON for each join, and AND between its conditions." if before and before.is_word("ON") else ""


def _reserved_alias(tokens: Sequence[Token], index: int, expected: set[str]) -> str:
    name = _text(tokens, index - 1)
    if tokens[index].text == "." and expected == {"("}:
        return f"{name.upper()} is a reserved word: meant as a name, it goes in backticks: `{name}`."
    return ""


def _no_pattern(tokens: Sequence[Token], index: int, _expected: set[str]) -> str:
    """Return advice for an operator at the end of the text, where Flink's parser expects more."""
    return "Add what is missing after it." if index == len(tokens) - 1 and _is_keyword(tokens, index, "LIKE", "IN", "BETWEEN", "IS") else ""


RULES: tuple[Rule, ...] = (
    _distinct,
    _equals,
    _double_colon,
    _cast,
    _no_type,
    _one_type,
    _number,
    _end_of_comment,
    _hint,
    _option,
    _insert,
    _input,
    _second_condition,
    _reserved_alias,
    _no_pattern,
)
