"""Upgrades and rollbacks of a job with an open window while rows flow, on real Flink: every window counts what it would have anyway.

FLINK_REVIEWS_UPGRADES=20 for the long form, with windows of a minute and both guarantees of the sink; FLINK_REVIEWS_FAULT_TABLE names a
file to which each test adds its figures.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flinksql.errors import JobFailedError, StatementError
from flinksql.statements import LifecycleSettings, go_back
from tests.contract.bench import Bench, catalog_object, until
from tests.support.flink import gateway_in, job_manager_in
from tests.support.project import ProjectCopy
from tests.support.window_load import WindowLoad

pytestmark = [pytest.mark.real, pytest.mark.timeout(3000)]

UPGRADES = int(os.environ.get("FLINK_REVIEWS_UPGRADES", "3"))
LONG = UPGRADES > 3
GUARANTEES = ["exactly-once", "at-least-once"] if LONG else ["exactly-once"]
SHORT_WINDOW, LONG_WINDOW = 2, 60
DEAD = """CREATE MODEL dead INPUT (k STRING) OUTPUT (c STRING)
WITH ('endpoint' = 'http://127.0.0.1:9/v1/chat/completions', 'provider' = 'openai', 'api-key' = 'x', 'model' = 'm')
"""


@pytest.fixture(scope="module")
def bench(real_stack: ProjectCopy) -> Iterator[Bench]:
    outputs = real_stack.outputs()
    made = Bench(
        gateway=gateway_in(outputs),
        jobmanager=job_manager_in(outputs),
        settings=LifecycleSettings(),
        prefix="under/load",
        options={"execution.checkpointing.interval": "500 ms"},
    )
    try:
        yield made
    finally:
        made.clean()


@pytest.fixture(scope="module")
def bootstrap(real_stack: ProjectCopy) -> str:
    return str(real_stack.outputs()["kafkaBootstrap"])


@pytest.fixture(scope="module")
def load(bench: Bench, bootstrap: str) -> Iterator[WindowLoad]:
    """Rows that flow into a job with short windows, as long as tests of this file run."""
    running = WindowLoad(bootstrap=bootstrap, bench=bench, seconds=SHORT_WINDOW)
    running.start()
    with running.feeding():
        yield running


def _rows_flow(load: WindowLoad) -> None:
    """Return when the job's open window holds rows that no result has yet."""
    before = sum(count for count, _ in load.sent.values())
    until(lambda: sum(count for count, _ in load.sent.values()) > before + load.rate // 2)


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_windows_that_were_open_while_the_job_was_upgraded_count_as_if_it_had_not_been(
    bench: Bench, bootstrap: str, guarantee: str, request: pytest.FixtureRequest
) -> None:
    if LONG:
        load = WindowLoad(bootstrap=bootstrap, bench=bench, seconds=LONG_WINDOW, guarantee=guarantee)
        load.start()
        with load.feeding():
            _upgraded_often(load)
    else:
        _upgraded_often(request.getfixturevalue("load"))


def _upgraded_often(load: WindowLoad) -> None:
    for _ in range(UPGRADES):
        _rows_flow(load)
        assert "savepoint" in load.upgrade(load.version_of()).restored_from
    rows = load.settled()
    wrong = load.wrong(rows)
    if load.guarantee == "at-least-once":
        wrong = {window: (right, came) for window, (right, came) in wrong.items() if any(one != right for one in came)}
    assert wrong == {}
    _note(upgrades=UPGRADES, sink=load.guarantee, windows=len(rows), repeated=load.repeated(rows), wrong=0)


BAD = [
    pytest.param({"total": "SUM(v / (v - v))"}, r"load\.sql:2:27: .*by zero", id="division by zero"),
    pytest.param({"total": "MAX(v) + MIN(v)"}, r"StateMigrationException|must not be incompatible", id="state mismatch"),
]
MORE_BAD = [
    pytest.param({"more": "'properties.acks' = 'banana', "}, r"load_totals\.sql:3:\d+: .*banana", id="bad connector option"),
    pytest.param({"total": "SUM(CAST(CONCAT('x', k) AS BIGINT))"}, r"load\.sql:2:25: .*NumberFormatException", id="cast"),
]


@pytest.mark.parametrize(("edit", "cause"), [*BAD, *(MORE_BAD if LONG else [])])
def test_a_version_that_does_not_come_up_gives_way_to_the_old_one_and_nothing_is_lost(
    load: WindowLoad, edit: dict[str, str], cause: str, request: pytest.FixtureRequest
) -> None:
    _rows_flow(load)
    assert load.deployed is not None
    wanted = load.deployed.definition_hash
    began = time.monotonic()
    with pytest.raises(JobFailedError, match=rf"(?s)the old one runs again from .*savepoint.*{cause}"):
        load.upgrade(load.version_of(**edit))
    seconds = time.monotonic() - began
    (alive,) = _alive(load)
    assert load.bench.jobmanager.tags(alive)["definition"] == wanted
    assert load.wrong(load.settled()) == {}
    _note(rollback=request.node.callspec.id, old_job_back_seconds=round(seconds, 1), lost=0)


def test_a_dead_model_is_told_before_the_job_is_touched(load: WindowLoad) -> None:
    before = _alive(load)
    new = load.version_of()
    with pytest.raises(StatementError, match=r"dead\.sql:2:20: the model's endpoint .* does not answer: connection refused"):
        load.upgrade(replace(new, closure=(*new.closure, catalog_object("dead", DEAD))))
    assert _alive(load) == before


def test_windows_that_were_open_when_the_version_before_came_back_count_as_if_nothing_had_been_undone(bench: Bench, bootstrap: str) -> None:
    """What was read since is read again, so a window can have a result of each version: they are equal, and none is missing."""
    load = WindowLoad(bootstrap=bootstrap, bench=bench, seconds=SHORT_WINDOW)
    load.start()
    with load.feeding():
        _undone(load)


def _undone(load: WindowLoad) -> None:
    first = load.definition
    assert first is not None
    second, lifecycle = load.version_of(), load.bench.lifecycle()
    savepoint = load.upgrade(second).restored_from
    for _ in range(2):
        _rows_flow(load)
    assert load.deployed is not None
    undone = go_back(lifecycle, second, first, load.deployed, savepoint)
    load.definition, load.deployed = first, undone.deployed
    assert undone.deployed.restored_from == savepoint
    assert "savepoint" in undone.left_at
    _rows_flow(load)
    rows = load.settled()
    assert {window: came for window, (right, came) in load.wrong(rows).items() if any(one != right for one in came)} == {}
    _note(undone=1, windows=len(rows), repeated=load.repeated(rows), wrong=0)


def _alive(load: WindowLoad) -> list[str]:
    return [job.job_id for job in load.bench.alive() if job.name == load.job_name]


def _note(**row: str | float) -> None:
    table = os.environ.get("FLINK_REVIEWS_FAULT_TABLE")
    if table:
        with Path(table).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
