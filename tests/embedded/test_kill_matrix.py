"""kill -9 of the provider and of the whole CLI at named moments of a statement's life: one `up` afterwards puts everything right.

One moment of each kind by default; with FLINK_REVIEWS_KILL_MATRIX=all each moment with both victims, while a statement is created,
upgraded, rolled back and deleted. FLINK_REVIEWS_KILLS sets how many kills at random moments follow (none by default:
test_interruptions.py has some), FLINK_REVIEWS_SEED repeats a run of them.
"""

import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import product

import psutil
import pytest

from components.names import PROJECT
from components.providers.failure_hook import VARIABLE, FailureAction
from flinksql.statements import FailurePoint, Moment, StepName
from tests.contract.test_statement_kills import CREATING, DELETING, ROLLING_BACK, UPGRADING
from tests.support.project import ProjectCopy
from tests.support.spare_job import NAME, SpareJob, spare_job

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

ALL = os.environ.get("FLINK_REVIEWS_KILL_MATRIX") == "all"
KILLS = int(os.environ.get("FLINK_REVIEWS_KILLS", "0"))
SEED = os.environ["FLINK_REVIEWS_SEED"]
LATEST_SECONDS = 8.0
"""A little more than such an `up` takes on an idle machine: some moments lie in its start, some in the work, some after the end."""
DOINGS = {"create": CREATING, "upgrade": UPGRADING, "rollback": ROLLING_BACK, "delete": DELETING}
TELLING = [
    ("create", FailurePoint(Moment.DURING, StepName.SUBMIT), FailureAction.KILL_CLI),
    ("upgrade", FailurePoint(Moment.AFTER, StepName.CANCEL), FailureAction.KILL_PROVIDER),
    ("delete", FailurePoint(Moment.AFTER, StepName.CANCEL), FailureAction.KILL_PROVIDER),
]
"""In an order in which one leaves the stack as the next needs it."""
MATRIX = [(doing, point, action) for doing, points in DOINGS.items() for point, action in product(points, FailureAction)]


@pytest.fixture(scope="module")
def spare(real_stack: ProjectCopy) -> Iterator[SpareJob]:
    with spare_job(real_stack) as job:
        yield job


def prepare(spare: SpareJob, doing: str) -> None:
    """Bring the stack to where the doing can begin, and write its change."""
    wanted = doing != "create"
    if wanted is not spare.written:
        spare.write() if wanted else spare.remove()
        spare.stack.succeed("up")
    if doing == "delete":
        spare.remove()
    else:
        spare.write(works=doing != "rollback")


def assert_put_right(spare: SpareJob, told: str) -> None:
    """Run `up`, and look that each statement has one job and nothing is left over."""
    finished = spare.stack.run("up")
    assert finished.code == 0, f"{told}:\n{finished.said}"
    assert spare.running() == spare.expected(), told
    assert spare.drivers_left() == [], told


def kill_and_put_right(spare: SpareJob, doing: str, point: FailurePoint, action: FailureAction) -> None:
    """Let an `up` be killed at the point, and the next one put right what it left."""
    prepare(spare, doing)
    killed = spare.stack.run("up", **{VARIABLE: f"{point}:{action}:{NAME}"})
    refused_before = f"{NAME}.sql:" in killed.said
    assert killed.code != 0, f"the moment {point} of {doing} was not reached:\n{killed.said}"
    assert not refused_before, killed.said
    if doing == "rollback":
        refused = spare.stack.run("up")
        assert refused.code != 0, "a job that fails at its first row was called healthy"
        assert "the old one runs again from" in refused.said, refused.said
        spare.write()
    assert_put_right(spare, f"{doing} {point} {action}")


def test_one_up_puts_right_what_a_kill_left(spare: SpareJob) -> None:
    for doing, point, action in TELLING:
        kill_and_put_right(spare, doing, point, action)
    assert "nothing changed" in spare.stack.succeed("up").output


def test_a_job_whose_file_went_after_a_killed_creation_is_told_and_ended_and_no_other(spare: SpareJob) -> None:
    prepare(spare, "create")
    killed = spare.stack.run("up", **{VARIABLE: f"{FailurePoint(Moment.AFTER, StepName.SUBMIT)}:{FailureAction.KILL_CLI}:{NAME}"})
    assert killed.code != 0, killed.said
    spare.remove()
    orphan = spare.running() - spare.expected()
    assert list(orphan) == [f"{PROJECT}/{spare.stack.stack}/{NAME}"], "the creation was killed after Flink had the job"
    theirs = spare.start_by_hand(f"{PROJECT}/{spare.stack.stack}/by_hand")
    try:
        status = spare.stack.run("status").said
        assert "Run `up` to cancel it" in status
        preview = spare.stack.succeed("preview").said
        assert f"of statement {NAME} was submitted by this stack and belongs to no statement (its run was killed): `up` ends it" in preview
        assert spare.running() - spare.expected() == orphan + Counter([theirs]), "a preview ends nothing"
        up = spare.stack.succeed("up").said
        assert f"of statement {NAME} was ended: it was submitted by this stack and belongs to no statement" in up
        assert spare.running() - spare.expected() == Counter([theirs]), "what somebody started by hand is left"
    finally:
        spare.end(theirs)
    assert "nothing changed" in spare.stack.succeed("up").output


@pytest.mark.skipif(not ALL, reason="each moment with FLINK_REVIEWS_KILL_MATRIX=all")
@pytest.mark.parametrize(("doing", "point", "action"), [pytest.param(*one, id="-".join(map(str, one))) for one in MATRIX])
def test_one_up_puts_right_what_a_kill_left_at_any_moment(spare: SpareJob, doing: str, point: FailurePoint, action: FailureAction) -> None:
    kill_and_put_right(spare, doing, point, action)


@pytest.mark.parametrize("number", range(KILLS))
def test_one_up_puts_right_what_a_kill_at_a_random_moment_left(spare: SpareJob, number: int) -> None:
    chance = random.Random(f"{SEED} {number}")
    doing, victim, moment = chance.choice(["create", "upgrade", "delete"]), chance.choice(list(_VICTIMS)), chance.uniform(0, LATEST_SECONDS)
    prepare(spare, doing)
    code = _killed(spare.stack, victim, moment)
    assert_put_right(spare, f"seed {SEED}, number {number}: {doing}, {victim} killed after {moment:.2f} s (exit code {code})")


_VICTIMS = {"provider": "pulumi.dynamic", "CLI": "bin/pulumi", "console": "console"}
"""Processes by what stands in their command lines."""


def _killed(stack: ProjectCopy, victim: str, moment: float) -> int:
    """Start `up` and kill a part of it after a while; whoever is not there yet leaves it to the command itself."""
    process = stack.start("up")
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        console = psutil.Process(process.pid)
        parts = [part for part in console.children(recursive=True) if any(_VICTIMS[victim] in word for word in _words(part))]
        for part in parts or [console]:
            part.kill()
        # Not `communicate`: what survives the driver may hold its standard error open.
        process.wait(timeout=600)
    return process.returncode


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
