"""Rules on what no recorded pipeline shows: recorded snapshots with one thing changed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flinksql.diagnosis import Diagnosis, Kind, Snapshot, Verdict, diagnose
from flinksql.policy import Policy
from tests.support.pipeline_runs import definition_of, recorded
from tests.support.silent_pipelines import QUIET, SILENT

RECORDED = json.loads((Path(__file__).parents[3] / "cases" / "diagnosis" / "recorded-2.2.json").read_text(encoding="utf-8"))
VALUES = {"run": "r", "kafka_bootstrap": "broker:9092", "model_url": "http://model"}
PIPELINES = {one.name: one for one in (*SILENT, *QUIET)}


def changed(name: str, folder: Path, **fields: object) -> Diagnosis:
    """Return the diagnosis of a recorded pipeline with other fields of its snapshot."""
    snapshot = recorded(RECORDED[name])
    return diagnose(definition_of(PIPELINES[name], folder, VALUES), snapshot.model_copy(update=fields))


def plain(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(RECORDED[name]))
    return found


def test_a_statement_without_a_job(tmp_path: Path) -> None:
    found = changed("filter", tmp_path, job=None)
    assert (found.kinds, found.findings[0].advice) == ((Kind.NO_JOB,), "run `up`")


def test_a_paused_statement_is_no_problem(tmp_path: Path) -> None:
    definition = replace(definition_of(PIPELINES["filter"], tmp_path, VALUES), policy=Policy(running=False))
    found = diagnose(definition, Snapshot(now=1))
    assert (found.kinds, found.has_problem) == ((Kind.PAUSED,), False)


@pytest.mark.parametrize(
    ("state", "kind", "problem"),
    [
        pytest.param("CANCELED", Kind.ENDED, True, id="cancelled"),
        pytest.param("FINISHED", Kind.ENDED, True, id="ended although it is to run"),
        pytest.param("FAILED", Kind.JOB_FAILS, True, id="failed"),
    ],
)
def test_an_ended_job(state: str, kind: Kind, problem: bool, tmp_path: Path) -> None:
    case = plain("filter")
    case["job"]["state"] = state
    found = diagnose(definition_of(PIPELINES["filter"], tmp_path, VALUES), recorded(case))
    assert (found.kinds, found.has_problem) == ((kind,), problem)


def test_a_topic_that_is_gone_is_a_problem_and_names_what_resembles_it(tmp_path: Path) -> None:
    case = plain("new-topic")
    case["topics"]["r-new-topic-payments"] = {"partitions": {}, "similar": {"r-new-topic-payment": 7}}
    found = diagnose(definition_of(PIPELINES["new-topic"], tmp_path, VALUES), recorded(case))
    assert found.kinds == (Kind.MISSING_TOPIC,)
    assert found.findings[0].figures == ("r-new-topic-payment has 7 records",)


def test_without_a_broker_nothing_is_said_of_topics(tmp_path: Path) -> None:
    found = changed("from-the-end", tmp_path, topics={}, groups={})
    assert [one.verdict for one in found.findings] == [Verdict.UNKNOWN]


def test_a_restored_job_continues_and_is_not_blamed_for_where_its_table_begins(tmp_path: Path) -> None:
    case = plain("from-the-end")
    case["checkpoints"]["latest"]["restored"] = {"external_path": "file:///savepoints/savepoint-1"}
    found = diagnose(definition_of(PIPELINES["from-the-end"], tmp_path, VALUES), recorded(case))
    assert found.kinds == (Kind.NO_NEW_RECORDS,)
    assert "continues where the restored state stopped" in found.findings[0].what


def test_few_rows_prove_nothing_and_many_do(tmp_path: Path) -> None:
    case = plain("few")
    for metrics in case["metrics"].values():
        for key, value in metrics.items():
            if key.endswith(("numRecordsIn", "numRecordsOut")) and value[2] == 3:
                metrics[key] = [100, 100, 100]
    found = diagnose(definition_of(PIPELINES["few"], tmp_path, VALUES), recorded(case))
    assert (found.kinds, found.has_problem) == ((Kind.NOTHING_PASSES,), True)


def test_a_model_that_does_not_answer_for_minutes_is_a_problem(tmp_path: Path) -> None:
    case = plain("model")
    case["now"] += 600_000
    for metrics in case["metrics"].values():
        for key in [one for one in metrics if one.endswith("sourceIdleTime")]:
            metrics[key] = [500_000, 500_000, 500_000]
    found = diagnose(definition_of(PIPELINES["model"], tmp_path, VALUES), recorded(case))
    assert (found.kinds[0], found.has_problem) == (Kind.MODEL_WAITS, True)


def test_back_pressure_names_who_is_waited_for(tmp_path: Path) -> None:
    case = plain("no-match")
    job = case["job"]
    first = next(node["id"] for node in job["plan"]["nodes"] if "payments" in node["description"])
    case["metrics"][first]["backPressuredTimeMsPerSecond"] = [980, 980, 980]
    found = diagnose(definition_of(PIPELINES["no-match"], tmp_path, VALUES), recorded(case))
    pressure = next(one for one in found.findings if one.kind is Kind.BACK_PRESSURE)
    assert pressure.what.startswith("payments waits 98 % of the time for JOIN accounts AS a")


@pytest.mark.parametrize(("ttl", "noted"), [pytest.param("", True, id="for ever"), pytest.param("1 d", False, id="with a time to live")])
def test_state_that_grows_is_noted_unless_it_expires(ttl: str, noted: bool, tmp_path: Path) -> None:
    case = plain("grows")
    case["checkpoints"]["history"] = [
        {"status": "COMPLETED", "state_size": size, "trigger_timestamp": 10_000 * size} for size in (900, 700, 500, 300, 100)
    ]
    definition = definition_of(PIPELINES["grows"], tmp_path, VALUES)
    if ttl:
        definition = replace(definition, options={**definition.options, "table.exec.state.ttl": ttl})
    found = diagnose(definition, recorded(case))
    assert (Kind.STATE_GROWS in found.kinds) is noted


def test_a_job_without_checkpoints_never_commits(tmp_path: Path) -> None:
    found = changed("hidden", tmp_path, interval=None)
    assert found.kinds[0] is Kind.OPEN_TRANSACTION
    assert "do not see them at all: the job makes no checkpoints" in found.findings[0].what


def test_a_job_that_has_just_begun_has_no_figures(tmp_path: Path) -> None:
    case = plain("filter")
    found = changed("filter", tmp_path, metrics={}, now=case["job"]["timestamps"]["RUNNING"] + 3_000)
    assert [(one.kind, one.verdict) for one in found.findings] == [(Kind.NO_FIGURES, Verdict.WAIT)]


def test_what_is_lost_although_rows_flow_is_noted(tmp_path: Path) -> None:
    case = plain("flows")
    for metrics in case["metrics"].values():
        for key in [one for one in metrics if one.startswith("Source__") and one.endswith(".numRecordsIn")]:
            metrics[key] = [150, 150, 150]
    definition = definition_of(PIPELINES["flows"], tmp_path, VALUES)
    closure = tuple(
        replace(one, text=one.text.replace("'format' = 'json'", "'format' = 'json', 'json.ignore-parse-errors' = 'true'"))
        for one in definition.closure
    )
    found = diagnose(replace(definition, closure=closure), recorded(case))
    assert [one.verdict for one in found.findings] == [Verdict.FLOWING, Verdict.NOTE]
    assert "left out 30 of its 150 records" in found.findings[1].what


def test_rows_that_the_next_checkpoint_shows_are_no_problem(tmp_path: Path) -> None:
    found = changed("hidden", tmp_path, interval=55.0)
    assert (found.kinds[0], found.has_problem) == (Kind.NEXT_CHECKPOINT, False)


@pytest.mark.parametrize(
    ("slots", "free", "kind"),
    [
        pytest.param(24, 11, Kind.NO_SLOT, id="too few"),
        pytest.param(0, 0, Kind.NO_SLOT, id="no TaskManager"),
        pytest.param(100, 70, Kind.JOB_FAILS, id="enough by now"),
    ],
)
def test_a_job_that_gets_no_slots(slots: int, free: int, kind: Kind, tmp_path: Path) -> None:
    case = plain("filter")
    case["job"]["state"] = "RESTARTING"
    case["job"]["vertices"][0]["parallelism"] = 64
    lost = "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: Could not acquire the minimum required resources."
    case["failures"] = [{"exceptionName": "x", "stacktrace": lost, "timestamp": case["now"] - 1_000}]
    case["cluster"] = {"taskmanagers": min(slots, 1), "slots-total": slots, "slots-available": free}
    found = diagnose(definition_of(PIPELINES["filter"], tmp_path, VALUES), recorded(case))
    assert (found.kinds, found.has_problem) == ((kind,), True)


def test_without_the_event_time_of_partitions_the_empty_one_is_named_by_its_topic(tmp_path: Path) -> None:
    case = plain("idle-partition")
    for metrics in case["metrics"].values():
        for key in [one for one in metrics if ".split." in one]:
            del metrics[key]
    found = diagnose(definition_of(PIPELINES["idle-partition"], tmp_path, VALUES), recorded(case))
    assert (found.kinds[0], found.has_problem) == (Kind.NO_EVENT_TIME, True)
    assert "payments has no record in r-idle-partition-payments-1" in found.findings[0].what
