"""Options of sources, hints and jobs: only those that are known to leave state alone keep it."""

from dataclasses import replace

import pytest

from flinksql.statement import Definition
from flinksql.statements.compatibility import Decision
from flinksql.statements.compatibility.connectors import start_without_state
from tests.verdict.by_hand import FIRST, SCAN, TABLE, calc, definition, row, unheard, verdict


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(TABLE.replace("kafka", "other"), TABLE.replace("kafka", "other").replace("json", "csv"), id="an unknown connector"),
        pytest.param(TABLE, TABLE.replace("kafka", "upsert-kafka"), id="another connector"),
        pytest.param(TABLE, TABLE.replace("b:1", "c:1"), id="another address"),
        pytest.param(TABLE, TABLE.replace("'json'", "'debezium-json'"), id="a format of updates"),
        pytest.param(TABLE, TABLE.replace("'topic'", "'scan.bounded.mode' = 'latest-offset', 'topic'"), id="an option nobody knows"),
        pytest.param(TABLE, f"{TABLE} LIKE base", id="options taken over from elsewhere"),
    ],
)
def test_a_source_keeps_its_offsets_only_under_changes_that_are_known(before: str, after: str) -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    assert verdict(same, same, definition(before), definition(after)).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        pytest.param(TABLE, TABLE.replace("'t'", "'u'"), "the topic changes from 't' to 'u'", id="another topic"),
        pytest.param(
            TABLE, TABLE.replace("'topic' = 't'", "'topic-pattern' = 't.*'"), "the topic changes from 't' to none", id="a pattern"
        ),
    ],
)
def test_a_source_of_another_topic_starts_anew(before: str, after: str, words: str) -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    found = verdict(same, same, definition(before), definition(after))
    assert found.decision is Decision.RESETS
    assert words in str(found)


OTHER = TABLE.replace("kafka", "other")
USER_INFO = "value.avro-confluent.basic-auth.user-info"


@pytest.mark.parametrize(
    ("before", "after", "decision"),
    [
        pytest.param("'password' = 'a'", "'password' = 'b'", Decision.KEEPS, id="password"),
        pytest.param("'username' = 'a', 'password' = 'a'", "'username' = 'b', 'password' = 'b'", Decision.KEEPS, id="user and password"),
        pytest.param(
            "'value.avro-confluent.basic-auth.user-info' = 'a'",
            "'value.avro-confluent.basic-auth.user-info' = 'b'",
            Decision.KEEPS,
            id="registry",
        ),
        pytest.param("'password' = 'a'", "'token.size' = '3'", Decision.UNKNOWN, id="another option"),
        pytest.param("'password' = 'a', 'table' = 'a'", "'password' = 'b', 'table' = 'b'", Decision.UNKNOWN, id="table too"),
    ],
)
def test_who_connects_says_nothing_of_state_whatever_the_connector(before: str, after: str, decision: Decision) -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    old, new = (definition(OTHER.replace("'topic'", f"{options}, 'topic'")) for options in (before, after))
    assert verdict(same, same, old, new).decision is decision


def hinted(hint: str) -> Definition:
    of = definition()
    return replace(of, statement=replace(of.statement, text=f"{of.statement.text} {hint}"))


def test_a_hint_that_no_source_shows_is_not_known() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    found = verdict(same, same, hinted(""), hinted("/*+ OPTIONS('scan.startup.mode' = 'latest-offset') */"))
    assert found.decision is Decision.UNKNOWN
    assert "is added or removed" in str(found)


def test_a_parallelism_that_is_taken_away_is_not_known() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    old = replace(definition(), options={"parallelism.default": "2"})
    assert verdict(same, same, old, definition()).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("option", "decision"),
    [
        pytest.param("'properties.isolation.level' = 'read_committed'", Decision.UNKNOWN, id="which records are taken"),
        pytest.param("'scan.watermark.idle-timeout' = '9 s'", Decision.UNKNOWN, id="how time goes on"),
        pytest.param("'properties.max.poll.records' = '9'", Decision.KEEPS, id="how records are fetched"),
    ],
)
def test_an_option_of_a_source_counts_for_what_is_gathered_after_it(option: str, decision: Decision) -> None:
    changed = definition(TABLE.replace("'topic'", f"{option}, 'topic'"))
    assert verdict([SCAN, unheard()], [SCAN, unheard()], definition(), changed).decision is decision
    passing = [SCAN, calc(FIRST, output=row("a INT"))]
    assert verdict(passing, passing, definition(), changed).keeps, "offsets alone do not depend on it"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("'json.ignore-parse-errors' = 'true'", id="what becomes of records that cannot be read"),
        pytest.param("'key.format' = 'raw', 'key.fields' = 'a'", id="where a column comes from"),
        pytest.param("'value.fields-include' = 'EXCEPT_KEY'", id="which columns are in the value"),
    ],
)
def test_how_a_source_decodes_records_decides_what_is_gathered_after_it(options: str) -> None:
    same = [SCAN, unheard()]
    found = verdict(same, same, definition(), definition(TABLE.replace("'topic'", f"{options}, 'topic'")))
    assert found.decision is Decision.UNKNOWN
    assert "accumulated under other conditions" in str(found)


def test_a_comparison_with_like_takes_nothing_over() -> None:
    same = [SCAN, calc(FIRST, output=row("a INT"))]
    compares = TABLE.replace("b INT", "b STRING, c AS (b LIKE 'x%')")
    assert verdict(same, same, definition(compares), definition(compares.replace("'topic'", "'properties.x' = 'y', 'topic'"))).keeps


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"connector": "datagen"}, "table t is read from where its connector datagen begins", id="no topic"),
        pytest.param(
            {"connector": "kafka", "topic": "in"}, "topic in is read from nowhere: its table names no properties.group.id", id="no group"
        ),
        pytest.param(
            {"connector": "kafka", "topic": "in", "properties.group.id": "g"},
            "topic in is read from the offsets that group g last committed",
            id="a group",
        ),
        pytest.param(
            {"connector": "upsert-kafka", "topic": "in"},
            "topic in is read again from its beginning, and what was written for it is written again",
            id="a table of newest rows",
        ),
        pytest.param(
            {"connector": "kafka", "topic": "in", "scan.startup.mode": "latest-offset"},
            "topic in is read from its end: records that arrive during the change are never read",
            id="from the end",
        ),
    ],
)
def test_a_source_without_state_begins_where_its_table_says(options: dict[str, str], words: str) -> None:
    assert start_without_state("t", options) == words
