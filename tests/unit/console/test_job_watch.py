"""What `demo` does while it waits for what a job can no longer bring."""

from collections.abc import Iterable

from console.health.report import JobHealth
from console.waiting.jobs import LOOK_SECONDS, JobWatch, lines

WELL = JobHealth(statement="summaries", state="RUNNING", healthy=True)
SLOW = JobHealth(statement="slow", state="RESTARTING", healthy=False, last_error="TimeoutException")
STUCK = JobHealth(statement="contexts", state="RESTARTING", healthy=False, fails_again=True, last_error="fails again and again: x")


class Looked:
    def __init__(self, *jobs: JobHealth) -> None:
        self.jobs, self.times, self.now = jobs, 0, 0.0

    def look(self) -> Iterable[JobHealth]:
        self.times += 1
        return self.jobs


def test_it_looks_now_and_then_however_often_it_is_asked() -> None:
    looked = Looked(WELL, STUCK)
    watch = JobWatch(looked.look, lambda: looked.now)
    assert [watch.stuck() for _ in range(100)] == [()] * 100
    looked.now = LOOK_SECONDS
    assert [watch.stuck() for _ in range(100)] == [(STUCK,)] * 100
    assert looked.times == 1


def test_a_job_that_may_still_come_back_is_waited_for() -> None:
    looked = Looked(WELL, SLOW)
    watch = JobWatch(looked.look, lambda: looked.now)
    looked.now = LOOK_SECONDS
    assert watch.stuck() == ()
    assert watch.unwell() == (SLOW,)


def test_each_job_says_what_is_wrong_with_it() -> None:
    assert lines([STUCK, SLOW]) == "job contexts fails again and again: x\njob slow is RESTARTING: TimeoutException"
