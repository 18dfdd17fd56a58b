"""Refusals of Flink's parser, rewritten so that they point at the error.

The parser names the first token that cannot stand where it stands, and what could. The mistake is often the word before it: a misspelt
keyword is first taken for a name. What the parser would have taken there says which keyword was meant.
"""

from collections.abc import Sequence

from flinksql.diagnostics.dialect import dialect_advice
from flinksql.diagnostics.foreign_clauses import GAVE_UP, foreign_clause
from flinksql.flink.gateway import ServerProblem
from flinksql.sql import Token, TokenKind, tokenise
from flinksql.sql.misspelling import KEYWORDS, misspelt_keyword

FEW = 2
TOO_EARLY = "The statement ends too early"
QUESTION = "did you mean "
END = "<EOF>"
TEXT = "<QUOTED_STRING>"
NAME = "<BACK_QUOTED_IDENTIFIER>"
_UNIT = "an interval has its unit behind the quotes: write INTERVAL '1' DAY"
VALUES = (TokenKind.STRING, TokenKind.NUMBER, TokenKind.WORD, TokenKind.QUOTED)


def refine(problem: ServerProblem, sql: str, offset: int) -> tuple[str, int]:
    """Return the message and the offset to show for a problem at an offset of the SQL; both as they are when it is none of the parser's."""
    if not problem.expected and not problem.message.startswith(GAVE_UP):
        return problem.message, offset
    tokens = tokenise(sql).tokens
    index = next((number for number, token in enumerate(tokens) if token.start <= offset < token.end), None)
    at_the_end = len(tokens) - 1 if problem.message.startswith(TOO_EARLY) else index
    clause = foreign_clause(problem.message, tokens, at_the_end)
    if clause or not problem.expected:
        return clause or (problem.message, offset)
    if index is None or problem.message.startswith(TOO_EARLY):
        return _at_the_end(problem, tokens, offset)
    keywords = [word for word in problem.expected if word.isalpha()]
    found = misspelt_keyword(tokens, (index, index - 1), keywords)
    if found:
        word, keyword = found
        return f"{QUESTION}{keyword} instead of {word.text}?", word.start
    return _comma(problem, tokens, index) or (problem.message + _with_advice(problem, tokens, index), offset)


def _comma(problem: ServerProblem, tokens: Sequence[Token], index: int) -> tuple[str, int] | None:
    """Return the mistake of a comma too many or too few."""
    token, before = tokens[index], tokens[index - 1] if index else None
    if before is None:
        return None
    if before.text == "," and (token.text in {")", ";"} or token.is_word("FROM", "WHERE", "GROUP")):
        return f"nothing follows this comma before {token.text!r}: remove the comma, or write what is missing after it", before.start
    if token.text == "=" and index > 1 and before.kind is TokenKind.STRING and tokens[index - 2].kind is TokenKind.STRING:
        return f"a comma is missing before {before.text}: write one between two options", before.start
    if (
        "," in problem.expected
        and token.kind in VALUES
        and not token.is_word(*KEYWORDS, "END")
        and (before.kind in VALUES or before.text == ")")
    ):
        return f"a comma or an operator is missing before {token.text!r}: write it", token.start
    return None


def _at_the_end(problem: ServerProblem, tokens: Sequence[Token], offset: int) -> tuple[str, int]:
    """Return the mistake of a statement that stops too early, at its last token."""
    last = tokens[-1].start if tokens else offset
    if "DAY" in problem.expected and len(tokens) > 1 and tokens[-2].is_word("INTERVAL"):
        return _UNIT, tokens[-2].start
    keywords = [word for word in problem.expected if word.isalpha()]
    found = misspelt_keyword(tokens, (len(tokens) - 1,), keywords)
    if found:
        word, keyword = found
        return f"{QUESTION}{keyword} instead of {word.text}?", word.start
    return "the statement ends too early: something is missing after this", last


def _with_advice(problem: ServerProblem, tokens: Sequence[Token], index: int) -> str:
    return dialect_advice(tokens, index, set(problem.expected)) or _advice(problem, tokens[index])


def _advice(problem: ServerProblem, token: Token) -> str:
    expected = set(problem.expected)
    if token.kind is TokenKind.WORD and NAME in expected:
        return f" It is a reserved word: meant as a name, it goes in backticks: `{token.text}`."
    if "END" in expected and token.is_word(*KEYWORDS):
        return " A CASE before it has no END: add it."
    if token.is_name and TEXT in expected and not any(word.isalpha() for word in expected):
        return f" Text in single quotes belongs here: '{token.value}'."
    if token.text == "," and ")" in expected and "," not in expected:
        return " This function takes no more arguments: close it with `)`."
    if len(expected) <= FEW or expected <= {")", ",", ";", END}:
        return f" Only {' or '.join(sorted(_described(expected)))} can come here."
    return ""


def _described(expected: set[str]) -> set[str]:
    return {"the end of the statement" if word == END else f"`{word}`" for word in expected}
