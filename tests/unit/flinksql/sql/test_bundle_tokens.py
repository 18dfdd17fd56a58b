"""Tokens as Flink's own lexer makes them: the cases were compared with FlinkSqlParserImplTokenManager of 2.2.1.

One differs on purpose: `#` is no token of Flink's and is left for Flink to refuse.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.errors import StatementError
from flinksql.sql import TokenKind, tokenise
from flinksql.sql.tokens import TokenisedText


def texts(sql: str) -> list[str]:
    return [token.text for token in tokenise(sql).tokens]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("a.`b``c`", ["a", ".", "`b``c`"], id="doubled-backtick"),
        pytest.param("'it''s' || ''", ["'it''s'", "||", "''"], id="doubled-quote"),
        pytest.param("'a\\' b", ["'a\\'", "b"], id="backslash-is-no-escape"),
        pytest.param("a -- b\nc", ["a", "c"], id="dash-comment"),
        pytest.param("a // b\r\nc", ["a", "c"], id="slash-comment"),
        pytest.param("a--1\rb", ["a", "b"], id="comment-ends-at-carriage-return"),
        pytest.param("a /* b */ c/**/d /*/ */ e", ["a", "c", "d", "e"], id="block-comments"),
        pytest.param("/* a /* b */ c", ["c"], id="comments-do-not-nest"),
        pytest.param("a*/*c*/b", ["a", "*/", "*", "c", "*/", "b"], id="end-of-comment-is-a-token"),
        pytest.param("/*+ O('x'='*/') */ t", ["/*+", "O", "(", "'x'", "=", "'*/'", ")", "*/", "t"], id="hint-counts"),
        pytest.param("x'1F' U&'\\0041' N'é' u&'b'", ["x'1F'", "U&'\\0041'", "N'é'", "u&'b'"], id="prefixed-strings"),
        pytest.param("1.5e3 2 12a 1e5", ["1.5e3", "2", "12", "a", "1e5"], id="numbers"),
        pytest.param("a=>b <= >= <> !=", ["a", "=>", "b", "<=", ">=", "<>", "!="], id="operators"),
        pytest.param("{# a #} b", ["{", "#", "a", "#", "}", "b"], id="no-jinja-comment"),
        pytest.param("a$b éa _x", ["a$b", "éa", "_x"], id="word-characters"),
        pytest.param("", [], id="empty"),
        pytest.param("-- only a comment", [], id="comment-only"),
    ],
)
def test_tokens_are_those_of_flink(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


@pytest.mark.parametrize(
    ("sql", "line", "column", "words"),
    [
        pytest.param("SELECT\n  'abc", 2, 3, "text does not end", id="string"),
        pytest.param("SELECT 'it''", 1, 8, "text does not end", id="string-ending-in-doubled-quote"),
        pytest.param("a U&'b", 1, 3, "text does not end", id="prefixed-string"),
        pytest.param("a /* 'b'\n c", 1, 3, "comment does not end", id="comment"),
        pytest.param("a /*", 1, 3, "comment does not end", id="comment-opened-at-the-end"),
        pytest.param("a -- x\n`b", 2, 1, "quoted name does not end", id="quoted-name"),
        pytest.param("`a\nb` c", 1, 1, "quoted name does not end", id="quoted-name-over-two-lines"),
        pytest.param("`a\rb` c", 1, 1, "quoted name does not end", id="quoted-name-over-a-carriage-return"),
        pytest.param("t /*+ OPTIONS()", 1, 3, "hint does not end", id="hint"),
        pytest.param('SELECT "a"', 1, 8, "backticks", id="double-quotes"),
        pytest.param("a\u00a0b", 1, 2, "U+00A0", id="no-break-space"),
        pytest.param("a\n b\u3000c", 2, 3, "U+3000", id="ideographic-space"),
    ],
)
def test_what_does_not_end_or_exist_is_an_error_at_its_place(sql: str, line: int, column: int, words: str) -> None:
    with pytest.raises(StatementError, match=f"case.sql:{line}:{column}: ") as caught:
        tokenise(sql, "case.sql")
    assert words in caught.value.problem


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("a\r\n b", (2, 2), id="windows-line-end"),
        pytest.param("a\rb", (2, 1), id="carriage-return"),
        pytest.param("'x\n\ny' b", (3, 4), id="after-a-string-of-three-lines"),
        pytest.param("/* x\n */ 'q' b", (2, 9), id="after-a-comment-of-two-lines"),
        pytest.param("'😀' b", (1, 5), id="emoji-is-one-character"),
    ],
)
def test_lines_and_columns_count_from_one_in_characters(sql: str, expected: tuple[int, int]) -> None:
    token = tokenise(sql).tokens[-1]
    assert (token.line, token.column) == expected


def test_a_value_is_what_the_quotes_mean() -> None:
    assert [token.value for token in tokenise("'it''s' `a``b` N'x' word").tokens] == ["it's", "a`b", "x", "word"]


def test_a_quoted_name_is_never_a_keyword() -> None:
    word, quoted = tokenise("from `FROM`").tokens
    assert word.is_word("FROM")
    assert not quoted.is_word("FROM")


SQL_TEXT = st.text(alphabet="ab1'`\"-/*+ \n\r;.,()${}#é😀=>|xU&N\t_", max_size=40)


def tried(sql: str) -> TokenisedText | StatementError:
    try:
        return tokenise(sql, "case.sql")
    except StatementError as problem:
        return problem


@given(SQL_TEXT)
def test_any_text_is_tokens_in_order_or_an_error_with_a_position(sql: str) -> None:
    tokenised = tried(sql)
    if isinstance(tokenised, StatementError):
        assert tokenised.position
        return
    covered = [(token.start, token.end) for token in tokenised.tokens]
    covered += [(comment.start, comment.start + len(comment.text)) for comment in tokenised.comments]
    rest = sql
    for start, end in covered:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    assert rest.strip(" \t\n\r\f") == ""
    assert all(token.text == sql[token.start : token.end] for token in tokenised.tokens)
    assert all(token.kind is TokenKind.STRING for token in tokenised.tokens if token.text.endswith("'"))
