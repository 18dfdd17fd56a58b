"""A file under another name: the job goes on when the header says so, and nothing is lost unasked when it does not."""

from typing import Any

import pytest

from components.providers.policies import plain_policy
from flinksql.policy import Policy
from flinksql.statement import Kind
from tests.fakes.faults import Fault
from tests.unit.components.statement_bench import StatementBench, deploy, job

EDITED = "INSERT INTO sink SELECT UPPER(a) FROM source"


def renamed(text: str = "INSERT INTO sink SELECT a FROM source", *, former: str = "", reset: bool = False) -> dict[str, Any]:
    """Return the inputs of the job `copy` after its file was renamed to `mirror.sql`."""
    return {
        **job(text),
        "name": "mirror",
        "file": "sql/mirror.sql",
        "job_name": f"p/s/{former or 'mirror'}",
        "beside": ["mirror"],
        "policy": plain_policy(Policy(renamed_from=former, allow_state_reset=reset)),
    }


def refusals(bench: StatementBench, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    return [failure.reason for failure in bench.provider.check(olds, news).failures or []]


def test_a_new_statement_beside_the_same_job_without_a_file_is_refused_with_the_line_to_write(bench: StatementBench) -> None:
    _, state = deploy(bench, job())
    (refusal,) = refusals(bench, {}, renamed())
    assert refusal.startswith(f"sql/mirror.sql:1:1: mirror is new, and job {state['job_id']} of statement copy, which has no file any more")
    assert "write `-- renamed_from: copy` at the top of sql/mirror.sql" in refusal
    assert "`-- allow_state_reset: true`" in refusal


def test_a_renamed_and_edited_job_is_known_by_the_table_that_it_writes(bench: StatementBench) -> None:
    deploy(bench, job())
    (running,) = bench.flink.cluster.alive("p/s/copy")
    running.operators = ["Sink", "Calc"]
    (refusal,) = refusals(bench, {}, renamed("INSERT INTO snk SELECT UPPER(a) FROM source"))
    assert "writes into snk too" in refusal


def test_another_bundle_with_the_same_topics_is_no_renaming(bench: StatementBench) -> None:
    deploy(bench, job())
    deploy(bench, {**job(EDITED), "name": "other", "job_name": "p/s/other"})
    for name in ("copy", "other"):
        (running,) = bench.flink.cluster.alive(f"p/s/{name}")
        running.operators = ["Sink", "Calc"]
    told = refusals(bench, {}, renamed("INSERT INTO snk SELECT LOWER(a) FROM source"))
    assert [one for one in told if "which has no file any more" in one] == []
    deploy(bench, {**renamed("INSERT INTO sink SELECT LOWER(a) FROM source"), "beside": ["mirror", "second"]})
    second = {**renamed("INSERT INTO snk SELECT TRIM(a) FROM source"), "name": "second", "job_name": "p/s/second"}
    told = refusals(bench, {}, {**second, "beside": ["mirror", "second"]})
    assert [one for one in told if "which has no file any more" in one] == [], "the first of the new ones runs by then"
    (refusal,) = refusals(bench, {}, renamed())
    assert "runs the very same statement" in refusal


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(renamed(former="copy"), id="the header says so"),
        pytest.param(renamed(reset=True), id="it may begin anew"),
        pytest.param({**renamed(), "beside": ["copy", "mirror"]}, id="the other file is still there"),
        pytest.param(renamed(EDITED), id="another statement into another table"),
        pytest.param({**renamed(), "job_name": "p/other/mirror"}, id="another stack"),
        pytest.param({**renamed(), "kind": str(Kind.BOUNDED_JOB)}, id="a bounded job has no state"),
    ],
)
def test_a_new_statement_that_is_no_renamed_one_is_let_through(bench: StatementBench, news: dict[str, Any]) -> None:
    deploy(bench, job())
    assert refusals(bench, {}, news) == []


def test_without_a_jobmanager_there_is_nothing_to_lose(bench: StatementBench) -> None:
    bench.flink.jobmanager_server.faults.arm(Fault.RESET, "GET", times=99)
    assert refusals(bench, {}, renamed()) == []


def test_the_job_of_a_renamed_file_is_not_touched(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    news = renamed(former="copy")
    assert refusals(bench, job(), news) == []
    difference = bench.provider.diff(id_, state, news)
    assert (difference.changes, difference.replaces) == (True, None)
    updated = bench.provider.update(id_, state, news).outs
    assert updated is not None
    assert (updated["name"], updated["job_id"]) == ("mirror", state["job_id"])
    assert len(bench.flink.cluster.submissions) == 1
    assert bench.provider.diff(id_, updated, news).changes is False


def test_a_renamed_and_edited_job_goes_on_from_its_state(bench: StatementBench) -> None:
    id_, state = deploy(bench, job())
    updated = bench.provider.update(id_, state, renamed(EDITED, former="copy")).outs
    assert updated is not None
    assert updated["restored_from"]
    assert bench.alive() == [updated["job_id"]]


@pytest.mark.parametrize(
    ("olds", "news", "advice"),
    [
        pytest.param(renamed(former="copy"), renamed(), "put the line `-- renamed_from: copy` back", id="the line was taken away"),
        pytest.param(renamed(), renamed(former="copy"), "take the line `renamed_from` away", id="the line was added later"),
    ],
)
def test_a_job_is_not_given_another_name_in_flink(bench: StatementBench, olds: dict[str, Any], news: dict[str, Any], advice: str) -> None:
    (refusal,) = refusals(bench, olds, news)
    assert advice in refusal
    assert "without its state" in refusal
    assert refusals(bench, olds, {**news, "policy": plain_policy(Policy(allow_state_reset=True))}) == []
