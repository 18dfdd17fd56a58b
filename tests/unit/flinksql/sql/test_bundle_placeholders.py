"""Placeholders: what may stand where, what is missing, and the way back to the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinksql.errors import StatementError
from flinksql.sql import parameter_names, render, secret_names, tokenise
from flinksql.sql.place import offset_at

PARAMETERS = {"topic": "reviews", "window": "10", "path": "http://x/y's", "part": "-1", "empty": ""}
SECRETS = {"KEY": "sk-'12"}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("'${topic}'", "'reviews'", id="in-a-string"),
        pytest.param("'a-${topic}-${window}'", "'a-reviews-10'", id="two-in-a-string"),
        pytest.param("'${path}'", "'http://x/y''s'", id="quote-is-doubled"),
        pytest.param("'${empty}'", "''", id="empty-in-a-string"),
        pytest.param("LIMIT ${window}", "LIMIT 10", id="bare-number"),
        pytest.param("x + ${part}", "x + -1", id="bare-negative-number"),
        pytest.param("t_${topic}", "t_reviews", id="part-of-a-name"),
        pytest.param("`t ${topic}`", "`t reviews`", id="part-of-a-quoted-name"),
        pytest.param("a -- ${nope} ${\nb", "a -- ${nope} ${\nb", id="comment-is-left-alone"),
        pytest.param("/* ${nope} */ b", "/* ${nope} */ b", id="block-comment-is-left-alone"),
        pytest.param("'$.x' '{a}' '$'", "'$.x' '{a}' '$'", id="dollar-and-brace-alone"),
        pytest.param("a;", "a", id="trailing-semicolon"),
        pytest.param("a ; -- done\n ; \n", "a", id="all-that-follows-the-statement"),
        pytest.param("a; b;", "a; b", id="inner-semicolon-stays"),
        pytest.param("'${secret:KEY}'", "'${secret:KEY}'", id="secret-stays"),
        pytest.param("'${directory:/etc/kafka-login:jaas}'", "'${directory:/etc/kafka-login:jaas}'", id="kafkas-own-stays"),
        pytest.param("'${file:/${topic}:k}${env:X}'", "'${file:/reviews:k}${env:X}'", id="a-parameter-in-kafkas-own"),
        pytest.param("", "", id="empty"),
    ],
)
def test_parameters_are_filled_in(sql: str, expected: str) -> None:
    assert render(sql, "case.sql", PARAMETERS).sql == expected


def test_secrets_are_resolved_only_when_given() -> None:
    assert render("'k' = '${secret:KEY}'", "case.sql", {}, SECRETS).sql == "'k' = 'sk-''12'"


@pytest.mark.parametrize(
    ("sql", "column", "words"),
    [
        pytest.param(
            "'${topik}'", 2, "no parameter topik. Did you mean topic? Write one of: empty, part, path, topic, window", id="missing"
        ),
        pytest.param("'${secret:KEI}'", 2, "no value for the secret KEI. Did you mean KEY?", id="missing-secret"),
        pytest.param("'${secret:OTHER}'", 2, "pulumi config set --secret secret.OTHER", id="missing-secret-says-how-to-set-it"),
        pytest.param("a '${'", 4, "malformed", id="unclosed"),
        pytest.param("'${a b}'", 2, "malformed", id="space-in-name"),
        pytest.param("'${}'", 2, "malformed", id="no-name"),
        pytest.param("'${secrets:KEY}'", 2, "malformed", id="unknown-prefix"),
        pytest.param("${env:X}", 1, "malformed", id="kafkas-own-outside-a-string"),
        pytest.param("'${environment:X}'", 2, "malformed", id="none-of-kafkas"),
        pytest.param("${path}", 1, "outside a string", id="bare-with-other-characters"),
        pytest.param("a -${part}", 4, "outside a string", id="bare-that-would-begin-a-comment"),
        pytest.param("${empty}", 1, "outside a string", id="bare-empty"),
        pytest.param("LIMIT ${secret:KEY}", 7, "must stand in a string", id="bare-secret"),
        pytest.param("U&'${topic}'", 4, "prefixed string", id="prefixed-string"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_an_error_at_its_place(sql: str, column: int, words: str) -> None:
    with pytest.raises(StatementError) as caught:
        render(sql, "case.sql", PARAMETERS, SECRETS)
    assert str(caught.value).startswith(f"case.sql:1:{column}: ")
    assert words in caught.value.problem
    assert "sk-" not in str(caught.value)


def test_a_value_that_holds_a_placeholder_is_refused() -> None:
    with pytest.raises(StatementError, match="holds a placeholder itself"):
        render("'${a}'", "case.sql", {"a": "${secret:KEY}"})


def test_names_of_parameters_and_secrets_are_told_apart() -> None:
    sql = "'${topic}' ${window} '${secret:KEY}' -- ${comment}"
    assert parameter_names(sql) == {"topic", "window"}
    assert secret_names(sql) == {"KEY"}


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        pytest.param(1, 1, "case.sql:1:1", id="start"),
        pytest.param(1, 9, "case.sql:1:9", id="first-character-of-a-value"),
        pytest.param(1, 40, "case.sql:1:9", id="within-a-value"),
        pytest.param(1, 73, "case.sql:1:16", id="after-a-value"),
        pytest.param(2, 5, "case.sql:2:5", id="next-line"),
        pytest.param(2, 8, "case.sql:2:7", id="emoji-takes-two-of-flinks-columns"),
        pytest.param(9, 1, "case.sql:2:8", id="beyond-the-end"),
    ],
)
def test_a_place_that_flink_reports_is_found_in_the_file(line: int, column: int, expected: str) -> None:
    rendered = render("SELECT '${long}' x\n    '😀';", "case.sql", {"long": "v" * 64})
    assert str(rendered.position(offset_at(rendered.sql, line, column))) == expected


@given(
    pieces=st.lists(st.sampled_from(["a ", "'x' ", "'${p}' ", "\n", "b_${q} ", "-- ${p}\n", "'😀${p}' ", "/* c */ ", "\r\n"]), max_size=12),
    value=st.text(max_size=8).filter(lambda value: "${" not in value),
)
def test_every_token_is_found_again_where_it_came_from(pieces: list[str], value: str) -> None:
    text = "".join(pieces)
    rendered = render(text, "case.sql", {"p": value, "q": "7"})
    shortest = render(text, "case.sql", {"p": "", "q": "7"})
    tokens = tokenise(rendered.sql).tokens
    assert len(tokens) == len(tokenise(shortest.sql).tokens)
    sources = [rendered.source_offset(token.start) for token in tokens]
    assert sources == [shortest.source_offset(token.start) for token in tokenise(shortest.sql).tokens]
    for token, source in zip(tokens, sources, strict=True):
        assert text[source] == token.text[0]
