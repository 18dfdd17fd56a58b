"""The options in the header of a statement's file."""

from typing import Any

import pytest

from flinksql.errors import StatementError
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.sql import Header, read_references, render
from flinksql.sql.header import KEYS

JOB = "INSERT INTO s SELECT a FROM t"
JOB_ID = "0123456789abcdef" * 2


def header_of(sql: str) -> Header:
    return read_references(render(sql, "sql/case.sql", {})).header


@pytest.mark.parametrize(
    ("header", "options"),
    [
        pytest.param("-- parallelism: 3\n", {"parallelism.default": "3"}, id="parallelism"),
        pytest.param("-- checkpoint_interval_seconds: 30\n", {"execution.checkpointing.interval": "30 s"}, id="checkpoint interval"),
        pytest.param("--parallelism : 3  \r\n", {"parallelism.default": "3"}, id="spaces do not matter"),
        pytest.param(
            "-- Note: this is prose\n-- for example: two words\n\n-- parallelism: 12\n", {"parallelism.default": "12"}, id="prose"
        ),
        pytest.param("/* kind: other */", {}, id="block comments are prose"),
        pytest.param("-- author: jane\n-- ticket: FX-1\n-- todo: x\n-- select: a\n", {}, id="remarks with a colon"),
        pytest.param("-- see: https://example.com/a.b\n-- e.g.: this\n", {}, id="remarks with dots"),
        pytest.param("-- table.exec.state.ttl: 1 h\n", {"table.exec.state.ttl": "1 h"}, id="option of Flink"),
        pytest.param(
            "-- pipeline.object-reuse: true\n-- table.exec.sink.not-null-enforcer: drop\n-- parallelism: 2\n",
            {"pipeline.object-reuse": "true", "table.exec.sink.not-null-enforcer": "drop", "parallelism.default": "2"},
            id="options of both",
        ),
        pytest.param("-- The sources:\n", {}, id="no value is prose"),
    ],
)
def test_the_header_gives_flinks_options(header: str, options: dict[str, str]) -> None:
    read = header_of(header + JOB)
    assert (read.options, read.policy) == (options, Policy())


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        pytest.param("upgrade_mode: stateless", {"upgrade_mode": UpgradeMode.STATELESS}, id="upgrade mode"),
        pytest.param("allow_state_reset: true", {"allow_state_reset": True}, id="state reset"),
        pytest.param(
            "restore_from: file:///flink-data/checkpoints/1/chk-1", {"restore_from": "file:///flink-data/checkpoints/1/chk-1"}, id="state"
        ),
        pytest.param(
            "restore_from: s3://bucket/flink/savepoints/savepoint-1",
            {"restore_from": "s3://bucket/flink/savepoints/savepoint-1"},
            id="store",
        ),
        pytest.param("running: false", {"running": False}, id="running"),
        pytest.param("health_window_seconds: 5", {"health_window_seconds": 5.0}, id="health window"),
        pytest.param("delete_mode: savepoint", {"delete_mode": DeleteMode.SAVEPOINT}, id="delete mode"),
        pytest.param(f"adopt_job: {JOB_ID}", {"adopt_job": JOB_ID}, id="adopt a job"),
        pytest.param("renamed_from: old-name", {"renamed_from": "old-name"}, id="renamed"),
        pytest.param("upgrade_mode: savepoint", {}, id="the default said"),
    ],
)
def test_the_header_gives_the_policy_and_leaves_flinks_options_alone(line: str, changed: dict[str, Any]) -> None:
    read = header_of(f"-- {line}\n{JOB}")
    assert (read.options, read.policy) == ({}, Policy(**changed))


def test_only_comments_before_the_statement_are_its_header() -> None:
    assert header_of("INSERT INTO s -- parallelism: as many as there are\nSELECT a FROM t -- kind: of a review").offsets == {}


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        pytest.param(f"/* parallelism: 2 */\n{JOB}", "1:4", id="block comment"),
        pytest.param(f"/*\n * Copies.\n   table.exec.state.ttl: 1 h\n*/\n{JOB}", "3:4", id="line of a block comment"),
        pytest.param("INSERT INTO s\n-- parallelism: 2\nSELECT a FROM t", "2:4", id="within the statement"),
        pytest.param(f"{JOB}\n-- kind: bounded", "2:4", id="after the statement"),
    ],
)
def test_an_option_where_none_is_read_is_an_error(sql: str, place: str) -> None:
    with pytest.raises(StatementError, match="an option is read only from a line") as caught:
        header_of(sql)
    assert str(caught.value).startswith(f"sql/case.sql:{place}: ")


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        pytest.param(["Prose.", "kinds: bounded"], 2, "Did you mean kind?", id="misspelt key"),
        pytest.param(["paralelism: 2"], 1, "Did you mean parallelism?", id="misspelt parallelism"),
        pytest.param(["table.exec.state.tll: 1 h"], 1, "Did you mean table.exec.state.ttl?", id="misspelt option of Flink"),
        pytest.param(["table.exec.state.ttl: soon"], 1, "a duration such as `1 h`", id="value of an option of Flink"),
        pytest.param(["table.exec.sink.not-null-enforcer: fail"], 1, "it must be ERROR or DROP", id="choice of an option of Flink"),
        pytest.param(["pipeline.object-reuse: yes"], 1, "true or false", id="truth of an option of Flink"),
        pytest.param(["table.exec.state.ttl: 1 h", "table.exec.state.ttl: 2 h"], 2, "twice", id="option of Flink twice"),
        pytest.param(["execution.checkpointing.interval: 3 s"], 1, "`-- checkpoint_interval_seconds: 30`", id="interval by Flink's name"),
        pytest.param(["execution.runtime-mode: batch"], 1, "belongs to the platform", id="option of the platform"),
        pytest.param(["state.checkpoints.dir: file:///x"], 1, "belongs to the platform", id="folder of state"),
        pytest.param(["pipeline.name: x"], 1, "is how a job is found again", id="name of the job"),
        pytest.param(["$internal.pipeline.job-id: x"], 1, "is how a job is found again", id="id of the job"),
        pytest.param(["table.exec.resource.default-parallelism: 2"], 1, "`-- parallelism: 2`", id="parallelism by Flink's name"),
        pytest.param(["kind: streaming"], 1, "only value is `bounded`", id="unknown kind"),
        pytest.param(["parallelism: many"], 1, "a whole number from 1 to 32768", id="parallelism is no number"),
        pytest.param(["parallelism: 0"], 1, "whole number", id="parallelism zero"),
        pytest.param(["checkpoint_interval_seconds: 0.5"], 1, "from 1 to 3600", id="half a second"),
        pytest.param(["health_window_seconds: -1"], 1, "for example `-- health_window_seconds: 60`", id="a negative window"),
        pytest.param(["upgrade_mode: none"], 1, "it must be savepoint or stateless", id="unknown upgrade mode"),
        pytest.param(["delete_mode: keep"], 1, "it must be cancel or savepoint", id="unknown delete mode"),
        pytest.param(["running: no"], 1, "it must be true or false", id="running is no truth"),
        pytest.param(["allow_state_reset: yes"], 1, "it must be true or false", id="state reset is no truth"),
        pytest.param(["adopt_job: 12ab"], 1, "32 digits", id="a short job id"),
        pytest.param(["renamed_from: Old.sql"], 1, "without `.sql`", id="renamed from no name"),
        pytest.param(["kind: bounded", "kind: bounded"], 2, "twice", id="twice"),
        pytest.param(["running: false", f"adopt_job: {JOB_ID}"], 2, "contradicts `running: false`", id="adopt and pause"),
        pytest.param([f"adopt_job: {JOB_ID}", "kind: bounded"], 1, "contradicts `kind: bounded`", id="adopt a bounded job"),
    ],
)
def test_a_wrong_header_is_an_error_at_its_line(lines: list[str], line: int, words: str) -> None:
    with pytest.raises(StatementError) as caught:
        header_of("".join(f"-- {one}\n" for one in lines) + JOB)
    assert str(caught.value).startswith(f"sql/case.sql:{line}:1: ")
    assert words in caught.value.problem


@pytest.mark.parametrize("key", KEYS)
def test_no_option_belongs_to_a_catalog_object(key: str) -> None:
    values = {
        "kind": "bounded",
        "upgrade_mode": "savepoint",
        "delete_mode": "cancel",
        "adopt_job": JOB_ID,
        "renamed_from": "former",
        "restore_from": "file:///a",
        "lane_key": "id",
    }
    value = values.get(key, "true" if key in {"allow_state_reset", "running"} else "2")
    with pytest.raises(StatementError, match="option of jobs"):
        header_of(f"-- {key}: {value}\nCREATE TABLE t (a INT)")


def test_an_option_of_flink_belongs_to_no_catalog_object() -> None:
    with pytest.raises(StatementError, match="option of jobs"):
        header_of("-- table.exec.state.ttl: 1 h\nCREATE TABLE t (a INT)")
