"""The options in the header of a statement's file."""

from typing import Any

import pytest

from flinksql.bundle import Header, read_references, render
from flinksql.bundle.header import KEYS
from flinksql.errors import StatementError
from flinksql.policy import DeleteMode, Policy, UpgradeMode

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
        pytest.param("running: false", {"running": False}, id="running"),
        pytest.param("health_window_seconds: 5", {"health_window_seconds": 5.0}, id="health window"),
        pytest.param("delete_mode: savepoint", {"delete_mode": DeleteMode.SAVEPOINT}, id="delete mode"),
        pytest.param(f"adopt_job: {JOB_ID}", {"adopt_job": JOB_ID}, id="adopt a job"),
        pytest.param("upgrade_mode: savepoint", {}, id="the default said"),
    ],
)
def test_the_header_gives_the_policy_and_leaves_flinks_options_alone(line: str, changed: dict[str, Any]) -> None:
    read = header_of(f"-- {line}\n{JOB}")
    assert (read.options, read.policy) == ({}, Policy(**changed))


def test_only_comments_before_the_statement_are_its_header() -> None:
    assert header_of("INSERT INTO s -- parallelism: 3\nSELECT a FROM t -- kind: bounded").offsets == {}


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        pytest.param(["Prose.", "kinds: bounded"], 2, "there are: kind, parallelism", id="unknown key"),
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
    values = {"kind": "bounded", "upgrade_mode": "savepoint", "delete_mode": "cancel", "adopt_job": JOB_ID}
    value = values.get(key, "true" if key in {"allow_state_reset", "running"} else "2")
    with pytest.raises(StatementError, match="option of jobs"):
        header_of(f"-- {key}: {value}\nCREATE TABLE t (a INT)")
