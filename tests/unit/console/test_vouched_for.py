"""What could not be seen, or is not healthy, is told and is no success."""

from collections.abc import Callable

import pytest
from rich.console import Console

from components.providers.reporting import AS_LAST_SEEN
from console.driver.events import EventReader
from console.driver.progress import Progress
from console.driver.run import Outcome
from console.exit_codes import ExitCode
from console.health.report import JobHealth, Report
from console.show.run_result import exit_code, print_ending
from console.waiting.healthy import BACK_OFF_SECONDS, WELL_SECONDS, wait_until_well
from platforms.health import ServiceHealth
from tests.unit.console.engine_steps import says

UNSEEN = f"The JobManager cannot be reached. Jobs are {AS_LAST_SEEN}"


def _outcome(*, unseen: bool = False, unwell: bool = False, changed: bool = False) -> Outcome:
    progress = Progress(unseen=[UNSEEN] if unseen else [], unwell=["kafka is GONE: no pod"] if unwell else [])
    if changed:
        progress.begin("kind", "name", "create", 0.0)
        progress.end("kind", "name", "create", 1.0)
    return Outcome(progress=progress, seconds=1.0, succeeded=True, interrupted=False)


@pytest.mark.parametrize(
    ("outcome", "planned", "code"),
    [
        pytest.param(_outcome(), False, ExitCode.OK, id="all was seen"),
        pytest.param(_outcome(unseen=True), False, ExitCode.UNHEALTHY, id="up saw nothing"),
        pytest.param(_outcome(unseen=True, changed=True), False, ExitCode.UNHEALTHY, id="up made something and saw nothing of the rest"),
        pytest.param(_outcome(unwell=True, changed=True), False, ExitCode.UNHEALTHY, id="up left something unhealthy"),
        pytest.param(_outcome(unseen=True), True, ExitCode.UNHEALTHY, id="preview calls nothing right that it did not see"),
        pytest.param(_outcome(unseen=True, changed=True), True, ExitCode.OK, id="preview announces the repair"),
    ],
)
def test_only_what_was_seen_and_is_well_is_a_success(outcome: Outcome, code: ExitCode, *, planned: bool) -> None:
    assert exit_code(outcome, planned=planned) is code


def test_it_is_said_at_the_end() -> None:
    out, errors = Console(width=200, record=True, quiet=False), Console(width=200, record=True)
    print_ending(out, errors, _outcome(unseen=True, unwell=True), planned=True)
    assert "nothing to change: 0 resources as they were last seen" in out.export_text()
    said = errors.export_text()
    assert f"not looked at {UNSEEN}" in said
    assert "not healthy kafka is GONE: no pod" in said


def test_a_providers_remark_counts() -> None:
    progress = Progress()
    EventReader(progress=progress, clock=lambda: 0.0)(says("info", f"{UNSEEN}.\n"))
    assert progress.unseen == [UNSEEN]


def _report(*, ready: bool = True, loops: bool = False, failures: int = 0) -> Report:
    service = ServiceHealth(
        name="kafka", state="RUNNING", process_id=None, uptime_seconds=1.0, ready=ready, reason="" if ready else "no pod"
    )
    job = JobHealth(
        statement="contexts", state="RUNNING", healthy=not loops, fails_again=loops, last_error="x" if loops else "", restarts=failures
    )
    return Report(stack="dev", services=(service,), topics=(), jobs=(job,))


def _waited(*reports: Report, mended: bool = False) -> tuple[list[str], list[str], float]:
    """The problems that are left, what was said, and how many seconds it took. The last report stays."""
    left, said, now = list(reports), list[str](), [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    look: Callable[[], Report] = lambda: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
    return wait_until_well(look, said.append, mended=mended, clock=lambda: now[0], sleep=pause), said, now[0]


def test_what_is_well_is_not_waited_for() -> None:
    assert _waited(_report()) == ([], [], 0.0)


def test_what_comes_back_is_waited_for_and_said_once() -> None:
    problems, said, _ = _waited(_report(ready=False), _report(ready=False), _report())
    assert (problems, said) == ([], ["waiting until it is healthy: kafka is RUNNING: no pod"])


def test_what_stays_broken_is_named_in_the_end() -> None:
    problems, _, seconds = _waited(_report(ready=False))
    assert problems == ["kafka is RUNNING: no pod"]
    assert seconds >= WELL_SECONDS


def test_a_job_that_no_waiting_helps_is_named_at_once() -> None:
    problems, _, seconds = _waited(_report(loops=True))
    assert problems
    assert seconds == 0.0


@pytest.mark.parametrize(
    ("after", "seconds", "left"),
    [
        pytest.param([_report(loops=True, failures=7), _report()], 4.0, [], id="it comes to run"),
        pytest.param([_report(loops=True, failures=8)], 2.0, ["job contexts is RUNNING: x"], id="it fails once more"),
        pytest.param(
            [_report(loops=True, failures=7)], WELL_SECONDS + BACK_OFF_SECONDS, ["job contexts is RUNNING: x"], id="it does not try again"
        ),
    ],
)
def test_a_job_that_failed_at_what_the_run_mended_gets_another_try(after: list[Report], seconds: float, left: list[str]) -> None:
    """Topics that were made again: the job's pause until it tries them is up to two minutes long by then."""
    problems, _, took = _waited(_report(loops=True, failures=7), *after, mended=True)
    assert (problems, took) == (left, seconds)
