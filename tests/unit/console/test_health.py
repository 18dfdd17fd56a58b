"""What `status` makes of the answers of a JobManager, and of none."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rich.console import Console

from console.health.jobs import observe_jobs
from console.health.report import Report
from console.health.topics import observe_topics
from console.show.status_table import status_tables
from flinksql.sql import job_id
from tests.support.flink import quick_job_manager

STATEMENTS = {
    "contexts": {"kind": "job", "jobName": "flink-reviews/local/contexts"},
    "product_reviews": {"kind": "catalog object", "jobName": "flink-reviews/local/product_reviews"},
}
JOB = "ab" * 16


@contextmanager
def _serving(answers: Mapping[str, object]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            body = json.dumps(answer if answer is not None else {"errors": ["no such thing"]}).encode()
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answers(state: str = "RUNNING", running: int = 2, failures: list[dict[str, object]] | None = None) -> dict[str, object]:
    summary = {
        "jid": JOB,
        "name": "flink-reviews/local/contexts",
        "state": state,
        "start-time": 1,
        "tasks": {"total": 2, "running": running},
    }
    older = {**summary, "jid": "cd" * 16, "state": "CANCELED", "start-time": 0}
    vertices = [
        {"id": "a", "name": "Source: product_reviews -> Calc", "metrics": {"read-records": 0, "write-records": 70}},
        {"id": "b", "name": "product_review_context: Writer", "metrics": {"read-records": 70, "write-records": 0}},
    ]
    metrics = {
        "a": {"Source__product_reviews[1].numRecordsOut": 72, "Calc[2].numRecordsIn": 72, "rejected[3]__Writer.numRecordsIn": 2},
        "b": {"product_review_context[4]__Writer.numRecordsIn": 60, "product_review_context[4]__Committer.numRecordsIn": 1},
    }
    return {
        "/jobs/overview": {"jobs": [older, summary]},
        f"/jobs/{JOB}": {"jid": JOB, "name": "x", "state": state, "vertices": vertices},
        f"/jobs/{JOB}/checkpoints": {"counts": {}, "latest": {"completed": {"external_path": "file:///c", "trigger_timestamp": 1}}},
        f"/jobs/{JOB}/checkpoints/config": {"mode": "exactly_once", "interval": 10_000},
        f"/jobs/{JOB}/exceptions": {"exceptionHistory": {"entries": failures or []}},
        f"/jobs/{JOB}/metrics": [{"id": "numRestarts", "value": "0"}],
        **{
            f"/jobs/{JOB}/vertices/{vertex}/subtasks/metrics": [{"id": name, "sum": float(count)} for name, count in counts.items()]
            for vertex, counts in metrics.items()
        },
    }


def test_records_that_flink_dropped_as_late_are_told() -> None:
    answers = _answers()
    answers[f"/jobs/{JOB}/vertices/b/subtasks/metrics"] = [{"id": "GlobalWindowAggregate[3].numLateRecordsDropped", "sum": 12.0}]
    with _serving(answers) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert job.healthy
    assert job.last_error.startswith("at least 12 records came after the window had closed and Flink dropped them: allow for more disorder")


def test_the_newest_job_of_each_statement_is_shown_and_catalog_objects_are_not() -> None:
    with _serving(_answers()) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.statement, job.state, job.healthy, job.job_id) == ("contexts", "RUNNING", True, JOB)
    assert (job.records_in, job.records_out, job.restarts) == (72, 62, 0)
    assert job.checkpoint_age_seconds is not None


def test_a_job_with_failures_behind_it_shows_how_many_and_the_last_reason() -> None:
    trace = "org.apache.flink.X: outer\n\tat a.b(C.java:1)\nCaused by: java.io.IOException: disk full\n\tat d.e(F.java:2)\n"
    with _serving(_answers(failures=[{"stacktrace": trace, "timestamp": 2}, {"stacktrace": "old", "timestamp": 1}])) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.healthy, job.restarts) == (True, 2)
    assert "disk full" in job.last_error
    assert "at d.e" not in job.last_error
    assert job.recovered_seconds is not None


@pytest.mark.parametrize(
    ("state", "running", "recovered"),
    [
        pytest.param("RUNNING", 2, True, id="it runs again"),
        pytest.param("FINISHED", 0, True, id="it has finished"),
        pytest.param("RUNNING", 1, False, id="not all tasks run"),
        pytest.param("RESTARTING", 0, False, id="between two starts"),
        pytest.param("FAILED", 0, False, id="it has failed"),
    ],
)
def test_a_failure_that_a_job_has_got_over_is_history_and_not_its_state(state: str, running: int, recovered: bool) -> None:
    answers = _answers(state, running, failures=[{"stacktrace": "java.io.IOException: disk full", "timestamp": 60_000}])
    answers[f"/jobs/{JOB}"] = {"jid": JOB, "name": "x", "state": state, "now": 180_000}
    answers[f"/jobs/{JOB}/checkpoints/config"] = {"mode": "exactly_once", "interval": 600_000}
    with _serving(answers) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert "disk full" in job.last_error
    assert job.recovered_seconds == (120.0 if recovered else None)
    with (screen := Console(width=400)).capture() as shown:
        screen.print(status_tables(Report(stack="local", services=(), topics=(), jobs=(job,))))
    assert ("failed 2 min 0 s ago and " in shown.get()) is recovered
    assert "disk full" in shown.get()


def test_a_job_that_fails_for_the_same_record_is_not_healthy_and_says_what_helps() -> None:
    trace = "java.io.IOException: o\n\tat a.b(C.java:1)\nCaused by: java.lang.ArithmeticException: / by zero\n\tat d.e(F.java:2)\n"
    failures: list[dict[str, object]] = [
        {"stacktrace": trace, "timestamp": at, "taskName": f"Source: a[1] (1/1) - execution #{at}"} for at in (4, 3, 2)
    ]
    with _serving({**_answers(failures=failures), f"/jobs/{JOB}/metrics": [{"id": "numRestarts", "value": "41"}]}) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.state, job.healthy, job.fails_again, job.restarts) == ("RUNNING", False, True, 41)
    assert job.last_error.startswith("fails again and again at the same place: ArithmeticException: / by zero, 3 times since 00:00 UTC")
    assert "NULLIF" in job.last_error


@pytest.mark.parametrize(
    ("state", "running", "healthy", "words"),
    [
        pytest.param("RUNNING", 2, True, "", id="running"),
        pytest.param("RUNNING", 1, False, "1 of its 2 tasks run yet", id="running-without-all-tasks"),
        pytest.param("RESTARTING", 0, False, "", id="restarting"),
        pytest.param("FAILED", 0, False, "", id="failed"),
        pytest.param("FINISHED", 0, True, "", id="finished"),
    ],
)
def test_running_means_that_all_tasks_run(state: str, running: int, healthy: bool, words: str) -> None:
    with _serving(_answers(state, running)) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.healthy, job.last_error) == (healthy, words)


def test_a_job_whose_checkpoints_do_not_complete_is_not_healthy() -> None:
    answers = _answers()
    details = {"jid": JOB, "name": "x", "state": "RUNNING", "now": 120_000, "timestamps": {"RUNNING": 1}}
    with _serving({**answers, f"/jobs/{JOB}": details}) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.state, job.healthy) == ("RUNNING", False)
    assert "no checkpoint was completed for 120 s" in job.last_error


def test_an_adopted_job_is_found_by_its_id() -> None:
    adopted = {"contexts": {"kind": "job", "jobName": "flink-reviews/local/elsewhere", "jobId": JOB}}
    with _serving(_answers()) as url:
        [job] = observe_jobs(quick_job_manager(url), adopted)
    assert (job.state, job.job_id, job.healthy) == ("RUNNING", JOB, True)


@pytest.mark.parametrize(
    ("state", "shown", "healthy"),
    [pytest.param("FINISHED", "paused", True, id="stopped"), pytest.param("RUNNING", "RUNNING", False, id="runs all the same")],
)
def test_a_paused_statement_is_well_when_it_has_no_job(state: str, shown: str, *, healthy: bool) -> None:
    paused = {"contexts": {**STATEMENTS["contexts"], "running": False}}
    with _serving(_answers(state)) as url:
        [job] = observe_jobs(quick_job_manager(url), paused)
    assert (job.state, job.healthy) == (shown, healthy)


@pytest.mark.parametrize(
    ("name", "state", "named"),
    [
        pytest.param("flink-reviews/local/removed", "RUNNING", True, id="a statement that is gone"),
        pytest.param("flink-reviews/local/contexts", "RUNNING", True, id="a second job of a statement"),
        pytest.param("flink-reviews/local/removed", "CANCELED", False, id="over"),
        pytest.param("flink-reviews/other/removed", "RUNNING", False, id="another stack"),
        pytest.param("insert-into_x", "RUNNING", False, id="somebody else's"),
    ],
)
def test_a_job_of_the_stack_that_no_statement_has_is_named_and_not_healthy(name: str, state: str, *, named: bool) -> None:
    answers = _answers()
    overview = answers["/jobs/overview"]
    assert isinstance(overview, dict)
    stray = {"jid": "ef" * 16, "name": name, "state": state, "start-time": 0, "tasks": {"total": 1, "running": 1}}
    with _serving({**answers, "/jobs/overview": {"jobs": [*overview["jobs"], stray]}}) as url:
        _, *others = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert [(job.job_id, job.healthy) for job in others] == ([("ef" * 16, False)] if named else [])


@pytest.mark.parametrize(
    ("name", "salt", "way_out"),
    [
        pytest.param("flink-reviews/local/removed", "5a17", "Run `up` to cancel it, or restore its file first to keep it", id="ours"),
        pytest.param("flink-reviews/local/removed", "0b0b", "cancel it in Flink's UI", id="of another installation"),
        pytest.param("flink-reviews/local/contexts", "5a17", "cancel it in Flink's UI", id="a second job of a statement"),
    ],
)
def test_a_job_of_no_statement_is_ended_by_up_only_when_it_is_ours(name: str, salt: str, way_out: str) -> None:
    answers = _answers()
    overview = answers["/jobs/overview"]
    assert isinstance(overview, dict)
    stray = job_id(name, "ab" * 32, 2, "5a17")
    row = {"jid": stray, "name": name, "state": "RUNNING", "start-time": 0, "tasks": {"total": 1, "running": 1}}
    tags = {"execution-config": {"user-config": {"definition": "ab" * 32, "generation": "2"}}}
    with _serving({**answers, "/jobs/overview": {"jobs": [*overview["jobs"], row]}, f"/jobs/{stray}/config": tags}) as url:
        _, other = observe_jobs(quick_job_manager(url), STATEMENTS, salt)
    assert other.last_error.endswith(way_out)


def test_a_job_that_nobody_knows_is_gone_and_says_what_to_do() -> None:
    with _serving({"/jobs/overview": {"jobs": []}}) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.state, job.healthy) == ("gone", False)
    assert "`up`" in job.last_error


def _closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def test_with_nothing_there_jobs_are_unknown_with_the_reason() -> None:
    [job] = observe_jobs(quick_job_manager(f"http://127.0.0.1:{_closed_port()}"), STATEMENTS)
    assert (job.state, job.healthy) == ("unknown", False)
    assert "cannot be reached" in job.last_error


def test_with_no_broker_each_topic_says_so() -> None:
    topics = observe_topics(f"127.0.0.1:{_closed_port()}", ["b", "a", "b"])
    assert [(topic.name, topic.messages, topic.reason) for topic in topics] == [
        ("a", None, "the broker does not answer"),
        ("b", None, "the broker does not answer"),
    ]


def test_without_topics_no_broker_is_asked() -> None:
    assert observe_topics("nowhere:1", []) == ()


@pytest.mark.parametrize("gone", [pytest.param("a", id="first vertex"), pytest.param("b", id="second vertex")])
def test_a_metric_that_is_not_told_costs_the_counts_and_nothing_else(gone: str) -> None:
    answers = _answers()
    del answers[f"/jobs/{JOB}/vertices/{gone}/subtasks/metrics"]
    with _serving(answers) as url:
        [job] = observe_jobs(quick_job_manager(url), STATEMENTS)
    assert (job.state, job.healthy, job.records_in, job.records_out) == ("RUNNING", True, None, None)


@pytest.mark.parametrize(
    ("about", "state", "healthy"),
    [
        pytest.param({"kind": "bounded job", "jobId": JOB}, "finished", True, id="bounded job that was finished"),
        pytest.param({"kind": "bounded job"}, "gone", False, id="bounded job that never ran"),
        pytest.param({"kind": "job", "jobId": JOB}, "gone", False, id="job"),
    ],
)
def test_a_restarted_jobmanager_forgets_what_a_bounded_job_has_done(about: dict[str, str], state: str, *, healthy: bool) -> None:
    with _serving({"/jobs/overview": {"jobs": []}}) as url:
        [job] = observe_jobs(quick_job_manager(url), {"backfill": {"jobName": "flink-reviews/local/backfill", **about}})
    assert (job.state, job.healthy) == (state, healthy)
