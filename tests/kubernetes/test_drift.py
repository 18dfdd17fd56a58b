"""Objects of the platform deleted, scaled and edited by hand: a preview names each, and `up` brings it back."""

import time

import pytest

from tests.kubernetes.faults import AT_ONCE, BROKEN, SESSION, deleted
from tests.kubernetes.figures import note
from tests.kubernetes.looking import look, state_of
from tests.kubernetes.stack import JOBS, KubernetesStack, Run
from tests.support.feeding import feeding, flow_for, settled

pytestmark = [pytest.mark.timeout(1800)]

BEFORE_SECONDS = 12.0
AFTER_SECONDS = 6.0
CLEAN_SECONDS = 120.0
BEFORE_THE_ENGINE = ("a ServiceAccount deleted", "the operator's Deployment deleted")
"""What `up` makes again before the engine begins: pods wait for the one, and Helm, not the engine, made the other."""


def _said(run: Run) -> list[str]:
    return [str(one["message"]) for one in run.events if one["event"] == "say"]


def test_looking_costs_little_where_nothing_drifted(deployed: KubernetesStack) -> None:
    """Two runs: the first may still settle something."""
    deployed.up()
    began = time.monotonic()
    run = deployed.up()
    seconds = time.monotonic() - began
    seen = look(deployed)
    note("no drift", up_seconds=seconds, look_seconds=seen.seconds, requests=seen.requests, objects=len(state_of(deployed).resources))
    assert seen.drifted == []
    assert run.changed == {}
    assert not [line for line in _said(run) if "by hand" in line or "is gone" in line], _said(run)


def test_a_deleted_session_cluster_comes_back_with_its_jobs_from_their_newest_checkpoints(deployed: KubernetesStack) -> None:
    with deployed.flow() as flow:
        with feeding(flow, "session") as fed:
            flow_for(BEFORE_SECONDS)
            deleted(SESSION).fault(deployed)
            preview = deployed.run("preview")
            began = time.monotonic()
            run = deployed.up()
            seconds = time.monotonic() - began
            deployed.wait_for_jobs(deployed.job_names())
            flow_for(AFTER_SECONDS)
        fate = settled(flow, fed)
    restored = [line for line in _said(run) if "restored from" in line or "goes on from" in line]
    note(
        "FlinkDeployment deleted under load",
        preview="; ".join(line for line in _said(preview) if "gone" in line),
        up_seconds=seconds,
        restored="; ".join(restored),
        fed=fate.fed,
        lost=0,
        duplicated_reviews=fate.duplicated_reviews,
        duplicated_summaries=fate.duplicated_summaries,
    )
    assert len(restored) == len(deployed.job_names()), run.told


@pytest.mark.parametrize("names", [pytest.param((name,), id=name) for name in BROKEN] + [pytest.param(AT_ONCE, id="many at once")])
def test_what_was_done_by_hand_is_named_and_repaired(deployed: KubernetesStack, names: tuple[str, ...]) -> None:
    for name in names:
        BROKEN[name].fault(deployed)
    seen, began = look(deployed), time.monotonic()
    preview = deployed.run("preview")
    cost = {"look_seconds": seen.seconds, "requests": seen.requests, "preview_seconds": time.monotonic() - began}
    said = {name: next((line for line in _said(preview) if BROKEN[name].said in line), "") for name in names}
    assert all(said.values()), (said, _said(preview))
    by_engine = [name for name in names if name not in BEFORE_THE_ENGINE]
    assert preview.changed or not by_engine or any("will be applied again" in line for line in said.values()), preview.told
    began = time.monotonic()
    run = deployed.run("up")
    note("by hand", said=said, **cost, up_seconds=time.monotonic() - began, code=run.finished.code, changed=run.changed)
    assert run.finished.code == 0, run.told
    # A job may have recovered by itself meanwhile.
    made_before = {BROKEN[name].place.name for name in names if name in BEFORE_THE_ENGINE}
    assert set(preview.changed) - set(JOBS) - made_before <= set(run.changed), (preview.changed, run.changed)
    assert all(any(BROKEN[name].said in line for line in _said(run)) for name in names), _said(run)
    deployed.wait_for_jobs(deployed.job_names())
    _wait_for_a_clean_preview(deployed)


def _wait_for_a_clean_preview(stack: KubernetesStack) -> None:
    """Ask more than once: a job that failed while its broker was away is told for some time after it runs again."""
    deadline, told = time.monotonic() + CLEAN_SECONDS, list[str]()
    while True:
        after = stack.run("preview")
        if (after.finished.code, after.changed) == (0, {}):
            note("clean preview", before=told)
            return
        told.append(f"{after.finished.code} {after.changed} {'; '.join(_said(after))}"[:500])
        assert time.monotonic() < deadline, told
