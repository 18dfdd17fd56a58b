"""What people and scripts see, as plain text."""

import io
import json
import time
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from console.driver.progress import Progress, Row, State
from console.driver.run import Outcome
from console.exit_codes import ExitCode
from console.health.model import judge_model
from console.health.report import JobHealth, Report, TopicHealth
from console.show.diagnosis_text import diagnosis_lines
from console.show.formatting import count, duration, kind, title
from console.show.results_table import results_table
from console.show.run_json import JsonObserver, end_events
from console.show.run_lines import LineObserver, row_line
from console.show.run_live import picture
from console.show.run_result import exit_code, print_ending, print_links, summary
from console.show.status_table import status_tables
from console.watching.results import Display, Result, display_of
from flinksql.diagnosis import Diagnosis, Finding, Verdict
from flinksql.diagnosis.finding import Kind
from flinksql.sql import read_manifest
from platforms.health import ServiceHealth
from platforms.run_watch import Problem
from tests.support.project import REPOSITORY


def _text(renderable: RenderableType, width: int = 120) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(renderable)
    return file.getvalue()


def _outcome(progress: Progress, *, succeeded: bool = True, interrupted: bool = False) -> Outcome:
    return Outcome(progress=progress, seconds=12.3, succeeded=succeeded, interrupted=interrupted)


def _progress() -> Progress:
    progress = Progress()
    progress.begin("a:Service", "kafka", "create", 1.0)
    progress.end("a:Service", "kafka", "create", 4.0)
    progress.end("a:Topic", "reviews", "same", 4.0)
    progress.begin("a:Statement", "contexts", "update", 4.0)
    progress.declare("a:Statement", "summaries", ("contexts",), group=False)
    progress.begin("a:Pipeline", "pipeline", "create", 0.5, group=True)
    return progress


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(None, "", id="none"),
        pytest.param(0.44, "0.4 s", id="tenths"),
        pytest.param(-1.0, "0.0 s", id="clocks-that-differ"),
        pytest.param(59.9, "59 s", id="seconds"),
        pytest.param(185.0, "3 min 5 s", id="minutes"),
        pytest.param(7440.0, "2 h 4 min", id="hours"),
        pytest.param(90000.0, "1 d 1 h", id="days"),
    ],
)
def test_a_time_span_is_said_as_people_do(seconds: float | None, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [pytest.param(1, "1 record", id="one"), pytest.param(0, "0 records", id="none"), pytest.param(12000, "12,000 records", id="many")],
)
def test_a_count_agrees_with_its_noun(number: int, expected: str) -> None:
    assert count(number, "record") == expected


def test_a_type_token_is_shown_by_its_last_word_and_never_twice() -> None:
    assert kind("pulumi-python:dynamic/flinksql:Statement") == "statement"
    assert title(Row(kind="x:Statement", name="summaries")) == "statement summaries"
    assert title(Row(kind="x:Supervisor", name="supervisor")) == "supervisor"


def test_a_finished_row_is_one_line_with_its_time() -> None:
    row = Row(kind="x:Topic", name="reviews", state=State.DONE, operation="update", began=1.0, ended=3.0, differences=("partitions",))
    assert row_line(row, 12.0) == "[     12 s] updated topic reviews (2.0 s): partitions"
    assert row_line(row, 12.0, planned=True) == "[     12 s] to update topic reviews: partitions"


def test_the_table_shows_time_state_and_what_a_row_waits_for_but_no_component() -> None:
    lines = _text(picture(_progress(), 10.0, 20)).splitlines()
    assert lines[0].split() == ["✓", "service", "kafka", "created", "3.0", "s"]
    assert lines[1].split() == ["=", "topic", "reviews", "unchanged"]
    assert lines[2].split() == ["…", "statement", "contexts", "updating", "6.0", "s"]
    assert lines[3].split() == ["·", "statement", "summaries", "waiting", "for", "contexts"]
    assert lines[4].strip() == "2 of 4 resources, 10 s"
    assert not any("pipeline" in line for line in lines)


def test_a_small_screen_keeps_what_runs_and_waits_and_counts_the_rest() -> None:
    progress = Progress()
    for number in range(30):
        progress.end("a:Topic", f"t{number}", "create", 1.0)
    progress.begin("a:Statement", "busy", "create", 1.0)
    progress.fail("a:Statement", "broken", 1.0)
    text = _text(picture(progress, 2.0, 5))
    assert "busy" in text
    assert "broken" in text
    assert "27 more not shown" in text


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        pytest.param(False, "1 created, 1 unchanged", id="done"),
        pytest.param(True, "1 to create, 1 unchanged", id="planned"),
    ],
)
def test_the_summary_counts_by_what_was_done(planned: bool, expected: str) -> None:
    progress = Progress()
    progress.end("a:Topic", "a", "create", 1.0)
    progress.end("a:Topic", "b", "same", 1.0)
    assert summary(progress, planned=planned) == expected


def test_a_run_without_changes_says_so() -> None:
    progress = Progress()
    progress.end("a:Topic", "b", "same", 1.0)
    assert summary(progress) == "nothing changed (1 resource)"
    assert summary(progress, planned=True) == "nothing to change: 1 resource as they should be"


def test_where_something_drifted_that_is_no_step_of_the_engines_nothing_is_called_right() -> None:
    """What Helm installed, and an account that pods wait for, are made again before the engine begins."""
    progress = Progress(drift=["Deployment flink-kubernetes-operator is gone from the cluster: `up` makes it right"])
    progress.end("a:Topic", "b", "same", 1.0)
    assert summary(progress) == "nothing else changed (1 resource)"
    assert summary(progress, planned=True) == "nothing else to change (1 resource)"


@pytest.mark.parametrize(
    ("succeeded", "interrupted", "expected"),
    [
        pytest.param(True, False, ExitCode.OK, id="done"),
        pytest.param(False, False, ExitCode.FAILED, id="failed"),
        pytest.param(False, True, ExitCode.INTERRUPTED, id="interrupted"),
        pytest.param(True, True, ExitCode.OK, id="interrupted-too-late"),
    ],
)
def test_the_exit_code_tells_how_the_run_ended(succeeded: bool, interrupted: bool, expected: ExitCode) -> None:
    assert exit_code(_outcome(Progress(), succeeded=succeeded, interrupted=interrupted)) is expected


def test_the_end_of_a_failed_run_names_error_resource_and_what_was_not_begun() -> None:
    progress = _progress()
    progress.fail("a:Statement", "contexts", 5.0)
    progress.errors.append(Problem(message="sql/a.sql:3:1: [no] such table", resource="contexts"))
    out, err = io.StringIO(), io.StringIO()
    print_ending(Console(file=out), Console(file=err, width=200), _outcome(progress, succeeded=False))
    assert err.getvalue().splitlines() == [
        "error contexts: sql/a.sql:3:1: [no] such table",
        "failed after 12 s: contexts failed; summaries not begun; 1 change kept. Fix the cause and run the same command again.",
    ]
    assert out.getvalue() == ""


def test_links_stand_below_each_other() -> None:
    out = io.StringIO()
    print_links(Console(file=out), {"Flink": "http://127.0.0.1:1", "model gateway": "http://127.0.0.1:2"})
    assert out.getvalue().splitlines() == ["  Flink          http://127.0.0.1:1", "  model gateway  http://127.0.0.1:2"]


def test_the_event_stream_keeps_its_shape() -> None:
    lines: list[str] = []
    observer = JsonObserver(lines.append)
    progress = _progress()
    observer.follow(progress, lambda: 10.0)
    observer.say("hello")
    for row in progress.rows.values():
        observer.changed(row)
    assert json.loads(lines[0]) == {"event": "say", "message": "hello"}
    assert json.loads(lines[1]) == {
        "event": "resource",
        "kind": "service",
        "name": "kafka",
        "operation": "create",
        "state": "done",
        "seconds": 3.0,
        "waitsFor": [],
        "waiting": "",
        "verdict": None,
    }
    assert len(lines) == 5


def test_the_event_stream_ends_with_problems_and_the_summary() -> None:
    progress = Progress(errors=[Problem(message="no", resource="a")], outputs={"x": 1}, changes={"same": 2})
    assert end_events(_outcome(progress, succeeded=False)) == [
        {"event": "problem", "severity": "error", "resource": "a", "message": "no", "approvals": [], "verdict": None},
        {
            "event": "end",
            "succeeded": False,
            "interrupted": False,
            "changed": 0,
            "changes": {"same": 2},
            "seconds": 12.3,
            "unseen": [],
            "unwell": [],
            "outputs": {"x": 1},
        },
    ]


def test_lines_leave_out_what_did_not_change() -> None:
    file = io.StringIO()
    observer = LineObserver(Console(file=file, width=120))
    progress = _progress()
    observer.follow(progress, lambda: 10.0)
    for row in progress.rows.values():
        observer.changed(row)
    observer.close()
    assert file.getvalue() == "[     10 s] created service kafka (3.0 s)\n"


def test_a_step_that_takes_long_is_told_again_every_half_minute() -> None:
    file, now = io.StringIO(), [0.0]
    observer = LineObserver(Console(file=file, width=200), planned=True)
    progress = Progress()
    observer.follow(progress, lambda: now[0])
    row = progress.begin("a:Image", "flink-image", "create", 5.0)
    for now[0] in (6.0, 34.0):
        observer.remind(progress)
    row.message = "Docker builds it"
    observer.changed(row)
    for now[0] in (63.0, 64.0, 93.0, 94.0):
        observer.remind(progress)
    progress.end("a:Image", "flink-image", "create", 95.0)
    now[0] = 200.0
    observer.remind(progress)
    assert file.getvalue().splitlines() == [
        "[     34 s] image flink-image waits: Docker builds it",
        "[1 min 4 s] still creating image flink-image (59 s): Docker builds it",
        "[1 min 34 s] still creating image flink-image (1 min 29 s): Docker builds it",
    ]


def test_reminders_come_by_themselves_in_a_run_that_changes_something() -> None:
    file = io.StringIO()
    observer = LineObserver(Console(file=file, width=200))
    progress = Progress()
    progress.begin("a:Image", "flink-image", "create", 0.0)
    observer.follow(progress, lambda: 31.0)
    deadline = time.monotonic() + 20.0
    while not file.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    observer.close()
    assert file.getvalue() == "[     31 s] still creating image flink-image (31 s)\n"


def _report(*, ready: bool) -> Report:
    return Report(
        stack="local",
        services=(
            ServiceHealth(
                name="kafka", state="running", process_id=12, uptime_seconds=70.0, ready=ready, reason="" if ready else "no answer"
            ),
        ),
        topics=(TopicHealth(name="product_reviews", partitions=2, messages=12000),),
        jobs=(
            JobHealth(statement="contexts", state="RUNNING", healthy=True, uptime_seconds=61.0, records_in=5, records_out=4, restarts=1),
        ),
    )


def test_status_shows_all_parts_and_the_verdict() -> None:
    text = _text(status_tables(_report(ready=True)))
    for words in ("kafka", "1 min 10 s", "12,000", "contexts", "RUNNING", "1 min 1 s"):
        assert words in text
    assert text.splitlines()[-1] == "healthy"


def test_status_says_what_is_missing() -> None:
    assert _text(status_tables(_report(ready=False))).splitlines()[-1] == "not healthy: kafka is running: no answer"


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        pytest.param({"upstream": "ok", "model": "ok", "budget": "ok", "recent": {"failing": False}}, "healthy", id="answers"),
        pytest.param({"upstream": "unreachable", "model": "unknown"}, "not healthy: model m: its server: unreachable", id="away"),
        pytest.param({"upstream": "ok", "model": "missing"}, "not healthy: model m: its server does not list it", id="missing"),
        pytest.param({"upstream": "ok", "model": "ok", "budget": "exhausted"}, "the day's budget (UTC) is used up", id="budget"),
        pytest.param(
            {"upstream": "ok", "model": "ok", "recent": {"failing": True, "asked": 20, "rejected": 18, "reasons": {"key_refused": 18}}},
            "not healthy: model m: 18 of the last 20 answers were rejected (18 key_refused)",
            id="jobs run and answers fail",
        ),
        pytest.param({}, "not healthy: model m", id="nothing told"),
    ],
)
def test_a_model_that_does_not_answer_is_not_healthy_though_all_jobs_run(told: dict[str, object], verdict: str) -> None:
    report = replace(_report(ready=True), model=judge_model(told, "m"))
    assert verdict in " ".join(_text(status_tables(report)).splitlines()[-1].split())
    assert report.healthy is (verdict == "healthy")


def test_an_empty_report_is_not_healthy() -> None:
    assert not Report(stack="local", services=(), topics=(), jobs=()).healthy


def test_the_report_as_json_has_camel_case_names_and_a_verdict_for_each_part() -> None:
    plain = _report(ready=False).to_json()
    assert (plain["healthy"], plain["services"][0]["healthy"], plain["jobs"][0]["healthy"]) == (False, False, True)
    assert plain["services"][0]["uptimeSeconds"] == 70.0
    assert json.loads(json.dumps(plain)) == plain


SUMMARY = {
    "product_id": "P1",
    "product_name": "Lamp",
    "review_count": 3,
    "average_rating": 3.6666,
    "negative_reviews": 1,
    "positive_reviews": 2,
    "llm_summary": '{"sentiment": "mixed", "summary": "Bright [but] wobbly."}',
}
IN_FIELDS = {**SUMMARY, "sentiment": "mixed", "summary": "Bright [but] wobbly.", "llm_summary": "the raw answer"}


def display(bundle: str) -> Display:
    return display_of(read_manifest(REPOSITORY / "sql" / bundle, bundle).show, "json")


@pytest.mark.parametrize(
    ("bundle", "fields"), [pytest.param("article", SUMMARY, id="article"), pytest.param("reviews", IN_FIELDS, id="reviews")]
)
def test_a_summary_of_either_bundle_is_shown_alike(bundle: str, fields: dict[str, object]) -> None:
    shown = display(bundle)
    result = shown.parse(json.dumps(fields).encode())
    assert result is not None
    assert shown.text(result) == "P1 Lamp: 3 reviews, average 3.67, 1 negative, 2 positive, mixed. Bright [but] wobbly."
    assert "Bright [but] wobbly." in _text(results_table([result], shown))
    assert shown.key_of(result) == ("P1",)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        pytest.param(
            b'{"llm_summary": "not JSON"}', "- -: - reviews, average -, - negative, - positive, no sentiment. not JSON", id="plain text"
        ),
        pytest.param(b'{"average_rating": null, "product_id": "P1"}', "P1 -: - reviews, average -", id="nulls"),
    ],
)
def test_an_odd_record_stops_nothing(value: bytes, line: str) -> None:
    for shown in (display("reviews"), display("article")):
        result = shown.parse(value)
        assert result is not None
        assert shown.text(result).startswith(line)


@pytest.mark.parametrize(
    ("form", "value", "fields"),
    [
        pytest.param("json", None, None, id="a deletion"),
        pytest.param("json", b"\xff\xfe", None, id="no text"),
        pytest.param("json", b"[1]", None, id="no object"),
        pytest.param("json", b"[" * 100_000, None, id="too deep"),
        pytest.param("debezium-json", b'{"op": "c"}', {"op": "c"}, id="another kind of JSON"),
        pytest.param("csv", b"a,1", {"value": "a,1"}, id="a text"),
    ],
)
def test_a_record_is_read_in_its_format(form: str, value: bytes | None, fields: dict[str, object] | None) -> None:
    result = display_of(None, form).parse(value)
    assert (dict(result.fields) if result else None) == fields


def test_without_a_word_in_the_manifest_every_field_is_shown() -> None:
    shown = display_of(None, "json")
    result = Result(fields={"city": "Berlin", "trips": 2, "open": True})
    assert shown.text(result) == "city Berlin, trips 2, open true"
    assert "Berlin" in _text(results_table([result], shown))
    assert shown.key_of(result) == ()


@pytest.mark.parametrize(
    ("figures", "lines", "last"),
    [
        pytest.param(20, 20, "  - partition 19", id="as many as are shown"),
        pytest.param(10_000, 21, "  - and 9,980 more (`--json` has all)", id="of a broker with many topics"),
    ],
)
def test_of_many_figures_of_a_finding_few_are_shown(figures: int, lines: int, last: str) -> None:
    finding = Finding(
        kind=Kind.EXPIRED_RECORDS, verdict=Verdict.INPUT, what="All is gone.", figures=tuple(f"partition {one}" for one in range(figures))
    )
    shown = [line for line in diagnosis_lines(Diagnosis(statement="s", findings=(finding,))) if line.startswith("  - ")]
    assert (len(shown), shown[-1]) == (lines, last)
