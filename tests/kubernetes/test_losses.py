"""What was lost for good or stands in its own way: each state has a way out by `up` or `down` alone."""

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from functools import partial

import pytest

from components.kubernetes.session_cluster import STATE_VOLUME
from tests.kubernetes.faults import SESSION, Place, uninstalled
from tests.kubernetes.figures import note
from tests.kubernetes.interrupting import begun
from tests.kubernetes.interrupting import kill as kill_run
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import kill
from tests.kubernetes.stack import JOB_MANAGER, JOBS, KubernetesStack, Run
from tests.support.flow import SUMMARIES
from tests.support.samples import PLAIN

pytestmark = [pytest.mark.timeout(1800)]

CLAIM = Place(version="v1", kind="PersistentVolumeClaim", name=STATE_VOLUME)
BUNDLE = "sql/reviews"


def _said(run: Run) -> str:
    return "\n".join(str(one["message"]) for one in run.events if one["event"] == "say")


def _is_gone(stack: KubernetesStack, place: Place) -> bool | None:
    return True if stack.api_server.find_metadata(place.path) is None else None


def test_without_an_operator_a_deleted_session_cluster_is_let_go_and_comes_back(deployed: KubernetesStack) -> None:
    if not deployed.parts.operator:
        pytest.skip("the doubled operator cannot be uninstalled")
    uninstalled(deployed)
    deployed.api_server.delete(SESSION.path)
    preview = deployed.run("preview")
    assert "FlinkDeployment flink-sql-session is being deleted" in _said(preview), preview.told
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    note("operator uninstalled, FlinkDeployment deleted", seconds=run.end["seconds"], said=_said(run))


def test_a_state_volume_that_is_lost_is_made_again_and_the_jobs_ask(deployed: KubernetesStack) -> None:
    deployed.api_server.delete(CLAIM.path)
    doomed = deployed.run("preview")
    assert f"volume claim {STATE_VOLUME} is being deleted: with the next restart" in _said(doomed), doomed.told
    for part in ("jobmanager", "taskmanager"):
        kill(deployed, part)
    deployed.wait("the volume claim is gone", lambda: _is_gone(deployed, CLAIM))
    refused = deployed.run("up")
    assert refused.finished.code == 1, refused.told
    assert "records of high availability that name files on it were removed" in _said(refused), refused.told
    assert "no checkpoint or savepoint of it was found" in refused.told
    files = [deployed.copy.folder / BUNDLE / f"{name}.sql" for name in JOBS]
    before = [file.read_text(encoding="utf-8") for file in files]
    try:
        for file, text in zip(files, before, strict=True):
            file.write_text(f"-- allow_state_reset: true\n{text}", encoding="utf-8")
        allowed = deployed.up()
        deployed.wait_for_jobs(deployed.job_names())
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text, encoding="utf-8")
    ids = deployed.running()
    taken_away = deployed.up()
    assert deployed.running() == ids
    assert "starts without state" not in _said(taken_away)
    note("volume of the state lost", refused_seconds=refused.end["seconds"], allowed_seconds=allowed.end["seconds"])


def test_a_volume_of_kafka_that_is_lost_is_made_again_and_what_is_fed_then_comes_out(deployed: KubernetesStack) -> None:
    claim = Place(version="v1", kind="PersistentVolumeClaim", name="data-kafka-0")
    with deployed.flow() as flow:
        flow.feed(PLAIN)
        flow.settle()
    deployed.api_server.delete(claim.path)
    doomed = deployed.run("preview")
    assert "volume claim data-kafka-0 is being deleted: with the next restart" in _said(doomed), doomed.told
    uid = str((deployed.api_server.find_metadata(claim.path) or {})["uid"])
    kill(deployed, "kafka")
    deployed.wait("the volume claim is another", lambda: _is_another(deployed, claim, uid))
    seen = deployed.run("preview")
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    with deployed.flow() as flow:
        flow.feed(PLAIN)
        flow.settle()
        assert flow.totals(SUMMARIES) == flow.expected_totals()
    note("volume of Kafka lost", preview=_said(seen), seconds=run.end["seconds"], changed=run.changed, said=_said(run))


@pytest.mark.parametrize(
    ("place", "stop", "restart"),
    [
        pytest.param(CLAIM, "", ("jobmanager", "taskmanager"), id="of Flink's state"),
        pytest.param(Place(version="v1", kind="PersistentVolumeClaim", name="data-kafka-0"), "kafka", (), id="of Kafka"),
    ],
)
def test_a_volume_whose_claim_is_being_deleted_is_kept_and_comes_back(
    deployed: KubernetesStack, place: Place, stop: str, restart: tuple[str, ...]
) -> None:
    """By the commands that are told: nothing that was on it is lost, and `up` asks for nothing."""
    with deployed.flow() as flow:
        flow.feed(PLAIN)
        flow.settle()
    _checkpointed(deployed)
    deployed.api_server.delete(place.path)
    doomed = deployed.run("preview")
    volume = str(deployed.api_server.read(place.path)["spec"]["volumeName"])
    told = f"volume claim {place.name} is being deleted: with the next restart"
    line = next((one for one in _said(doomed).splitlines() if told in one), "")
    keep = _patched(volume, {"persistentVolumeReclaimPolicy": "Retain"})
    assert keep in line, doomed.told
    _as_told(deployed, keep)
    if stop:
        _as_told(deployed, f"kubectl -n {NAMESPACE} scale statefulset {stop} --replicas=0")
    for part in restart:
        kill(deployed, part)
    deployed.wait("the volume claim is gone", lambda: _is_gone(deployed, place))
    _as_told(deployed, _patched(volume, {"claimRef": {"uid": None, "resourceVersion": None}}))
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    assert deployed.api_server.read(place.path)["spec"]["volumeName"] == volume
    _as_told(deployed, _patched(volume, {"persistentVolumeReclaimPolicy": "Delete"}))
    with deployed.flow() as after:
        after.before, after.values = flow.before, list(flow.values)
        after.feed(PLAIN)
        after.settle()
        assert after.totals(SUMMARIES) == after.expected_totals(), "what was fed before and after, each once"
    note("volume claim deleted, its volume kept", claim=place.name, said=line, seconds=run.end["seconds"], up=_said(run)[-1500:])
    assert deployed.up().changed == {}


def _patched(volume: str, spec: Mapping[str, object]) -> str:
    return f"kubectl patch pv {volume} -p '{json.dumps({'spec': spec}, separators=(',', ':'))}'"


def _checkpointed(stack: KubernetesStack) -> None:
    """Wait until each job has a checkpoint that was begun after now: a restart repeats nothing of before."""
    now = time.time() * 1000
    for job in stack.running().values():
        stack.wait("a checkpoint", partial(_begun_after, stack, job, now))


def _begun_after(stack: KubernetesStack, job: str, milliseconds: float) -> bool | None:
    latest = stack.get(JOB_MANAGER, f"/jobs/{job}/checkpoints")["latest"]["completed"]
    return True if latest and latest["trigger_timestamp"] > milliseconds else None


def _as_told(stack: KubernetesStack, command: str) -> None:
    """Type a command of kubectl's, for the stack's cluster."""
    program, *arguments = shlex.split(command)
    subprocess.run([program, "--context", stack.given.context, *arguments], check=True, capture_output=True)


def _is_another(stack: KubernetesStack, claim: Place, uid: str) -> bool | None:
    found = stack.api_server.find_metadata(claim.path)
    return True if found is not None and found["uid"] != uid else None


def test_a_stack_whose_state_is_lost_is_taken_over_with_its_jobs(deployed: KubernetesStack) -> None:
    jobs = deployed.running()
    shutil.move(deployed.copy.state, deployed.copy.folder / "lost-state")
    refused = deployed.run("up")
    found = re.search(r"kubernetes.takeOver ([0-9a-f]{16})", refused.told)
    note("state of Pulumi lost", code=refused.finished.code, said=refused.told[-1500:])
    assert refused.finished.code == 1
    assert found, refused.told
    deployed.copy.configure(kubernetes__takeOver=found[1])
    run = deployed.up()
    assert deployed.wait_for_jobs(deployed.job_names()) == jobs
    note("state of Pulumi lost, taken over", seconds=run.end["seconds"], said=_said(run)[-1500:])
    assert deployed.up().changed == {}
    deployed.copy.configure(kubernetes__takeOver="")
    assert deployed.wait_for_jobs(deployed.job_names()) == jobs
    deployed.up()
    assert deployed.up().changed == {}


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        pytest.param("flink-sql-gateway", "service", id="the gateway's Service"),
        pytest.param("flink-sql-session", "flinkdeployment", id="the FlinkDeployment"),
    ],
)
def test_a_down_that_was_killed_is_followed_by_an_up(deployed: KubernetesStack, resource: str, kind: str) -> None:
    with begun(deployed, "down", resource=resource, kind=kind) as process:
        kill_run(process)
    run = deployed.up()
    deployed.wait_for_jobs(deployed.job_names())
    with deployed.flow() as flow:
        flow.feed(PLAIN)
        flow.settle()
        assert flow.totals(SUMMARIES) == flow.expected_totals()
    note("down killed, then up", deleting=resource, seconds=run.end["seconds"], said=_said(run)[-1500:])


@pytest.mark.parametrize("freed", [pytest.param(False, id="its finalizer stays"), pytest.param(True, id="its finalizer taken off by hand")])
def test_down_gets_out_where_the_operator_is_gone(deployed: KubernetesStack, *, freed: bool) -> None:
    if not deployed.parts.operator:
        pytest.skip("the doubled operator cannot be uninstalled")
    uninstalled(deployed)
    if freed:
        deployed.api_server.delete(SESSION.path)
        deployed.api_server.merge(SESSION.path, {"metadata": {"finalizers": None}})
        deployed.wait("the FlinkDeployment is gone", lambda: _is_gone(deployed, SESSION))
    run = deployed.run("down")
    assert run.finished.code == 0, run.told
    assert "Helm release flink-kubernetes-operator is gone from the cluster: it is forgotten" in _said(run)
    assert deployed.api_server.find_metadata(f"/api/v1/namespaces/{NAMESPACE}") is None
    note("operator uninstalled, down", finalizer_by_hand=freed, seconds=run.end["seconds"], said=_said(run))
