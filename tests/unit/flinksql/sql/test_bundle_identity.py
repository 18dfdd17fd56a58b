"""When two definitions are the same, and which job id they get."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flinksql.sql import definition_hash, identity, job_id, normalise, tokenise
from flinksql.statement import Definition, Kind, Statement

BASE = "INSERT INTO s SELECT a, 'x  y' FROM t /*+ OPTIONS('a' = 'b') */ WHERE a > ${n} AND b = '${topic}'"


def statement(text: str, name: str = "job") -> Statement:
    return Statement(name=name, kind=Kind.JOB, text=text, file=f"sql/{name}.sql")


def definition(
    text: str = BASE,
    *,
    parameters: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    closure: tuple[str, ...] = (),
) -> Definition:
    return Definition(
        statement=statement(text),
        closure=tuple(statement(sql, f"o{index}") for index, sql in enumerate(closure)),
        parameters={"n": "1", "topic": "t", "unused": "x"} if parameters is None else parameters,
        options=options or {},
        job_name="project/stack/job",
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("-- Why.\nSELECT  a,\r\n\tb -- c\nFROM t;", "SELECT a , b FROM t", id="comments-and-white-space"),
        pytest.param("SELECT 'a  -- b' FROM `x  y`", "SELECT 'a  -- b' FROM `x  y`", id="within-quotes-all-stays"),
        pytest.param("t /*+ O('a') */", "t /*+ O ( 'a' ) */", id="hints-stay"),
        pytest.param("select A", "select A", id="case-stays"),
    ],
)
def test_normalised_text_is_the_tokens(sql: str, expected: str) -> None:
    assert normalise(sql) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(definition(f"-- Remark.\n  {BASE.replace(' FROM', chr(10) + 'FROM')} ; -- end"), id="comments-and-white-space"),
        pytest.param(definition(parameters={"n": "1", "topic": "t", "unused": "other"}), id="parameter-that-is-not-used"),
        pytest.param(replace(definition(), statement=replace(statement(BASE), file="elsewhere.sql")), id="place-of-the-file"),
        pytest.param(replace(definition(), job_name="other"), id="job-name"),
    ],
)
def test_what_flink_would_not_run_differently_keeps_the_hash(same: Definition) -> None:
    assert definition_hash(same) == definition_hash(definition())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(definition(BASE.replace("'x  y'", "'x y'")), id="white-space-within-text"),
        pytest.param(definition(BASE.replace("INSERT", "insert")), id="case-of-a-keyword"),
        pytest.param(definition(BASE.replace("'b')", "'c')")), id="hint"),
        pytest.param(definition(parameters={"n": "2", "topic": "t"}), id="bare-parameter"),
        pytest.param(definition(parameters={"n": "1", "topic": "u"}), id="parameter-in-a-string"),
        pytest.param(definition(options={"parallelism.default": "2"}), id="option"),
        pytest.param(definition(closure=("CREATE TABLE t (a INT)",)), id="closure"),
    ],
)
def test_what_flink_would_run_differently_changes_the_hash(changed: Definition) -> None:
    assert definition_hash(changed) != definition_hash(definition())


def test_the_order_of_the_closure_counts_and_that_of_the_options_does_not() -> None:
    tables = ("CREATE TABLE t (a INT)", "CREATE TABLE s (a INT)")
    assert definition_hash(definition(closure=tables)) != definition_hash(definition(closure=tables[::-1]))
    one = definition(options={"a": "1", "b": "2"})
    assert definition_hash(one) == definition_hash(definition(options={"b": "2", "a": "1"}))


def test_a_secret_counts_by_its_name() -> None:
    one = definition("CREATE MODEL m WITH ('api-key' = '${secret:ONE}')")
    other = definition("CREATE MODEL m WITH ('api-key' = '${secret:OTHER}')")
    assert definition_hash(one) != definition_hash(other)


def test_the_hash_of_a_definition_is_pinned() -> None:
    """It lies in users' state: another value would upgrade every running job once."""
    text = "INSERT INTO sink SELECT a FROM source"
    pinned = Definition(
        statement=statement(text), closure=(statement("CREATE TABLE source (a INT)"),), options={"x": "1"}, job_name="p/s/job"
    )
    assert definition_hash(pinned) == "c153876daccc49ade599b65160cfa644fe9c6abb3f7021ca53647a500f02ca97"
    assert job_id("p/s/job", "ab" * 32, 1) == "aae44abc687d40f2e196b4a3fd2378e8"
    assert job_id("p/s/job", "ab" * 32, 1, "salt of an installation") != job_id("p/s/job", "ab" * 32, 1)


@given(name=st.text(), digest=st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), generation=st.integers(0, 10**6))
def test_a_job_id_is_32_hexadecimal_digits_of_its_own(name: str, digest: str, generation: int) -> None:
    identifier = job_id(name, digest, generation)
    assert len(identifier) == 32
    assert set(identifier) <= set("0123456789abcdef")
    assert identifier == job_id(name, digest, generation)
    assert len({identifier, job_id(name, digest, generation + 1), job_id(name + "x", digest, generation)}) == 3


def test_a_job_id_is_never_all_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "digest", lambda _: "0" * 64)
    assert job_id("name", "hash", 1) == "0" * 31 + "1"


TOKENS = st.sampled_from(
    ["SELECT", "a", "b1", "`q x`", "'it''s'", "'--'", "1.5", "2", ".", ",", "(", ")", "*/", "||", "=>", "-", "<>", "x'1F'"]
)
GAPS = st.sampled_from([" ", "\n", "\t", "\r\n", " -- c\n", " /* c '\n */ ", " // `c\r", "\f"])


@given(tokens=st.lists(TOKENS, max_size=12), gaps=st.lists(GAPS, min_size=13, max_size=13))
def test_any_comments_and_white_space_between_tokens_leave_no_trace(tokens: list[str], gaps: list[str]) -> None:
    sql = gaps[0] + "".join(token + gap for token, gap in zip(tokens, gaps[1:], strict=False))
    assert normalise(sql) == " ".join(tokens)


@given(tokens=st.lists(TOKENS, min_size=1, max_size=12), index=st.integers(0, 11), other=TOKENS)
def test_any_other_token_changes_the_normalised_text(tokens: list[str], index: int, other: str) -> None:
    assume(other != tokens[index % len(tokens)])
    changed = [other if place == index % len(tokens) else token for place, token in enumerate(tokens)]
    assert normalise(" ".join(changed)) != normalise(" ".join(tokens))
    assert [token.text for token in tokenise(" ".join(changed)).tokens] == changed
