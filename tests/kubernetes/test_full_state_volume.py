"""The volume of Flink's state is full: what is said, what becomes of the jobs, and that they heal when there is room again.

The volume is a small file system that the test mounts where a node has it, so it runs as root on the node itself:
FLINK_REVIEWS_FULL_VOLUME=1 pytest -o faulthandler_timeout=0 -p no:randomly -p no:cacheprovider tests/kubernetes/test_full_state_volume.py
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from kubernetes import client

from components.kubernetes.session_cluster import STATE_VOLUME
from tests.kubernetes.double.objects import Manifest
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import JOB_MANAGER, KubernetesStack
from tests.kubernetes.staging import last
from tests.support.feeding import feeding, flow_for, settled
from tests.support.project import Finished

MOUNTS = "FLINK_REVIEWS_FULL_VOLUME"

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get(MOUNTS), reason=f"mounts a file system on the node, which is this machine: {MOUNTS}=1, as root"),
]

SIZE = "64m"
BLOCK = 64 * 1024
FULL_SECONDS = 60.0
BEFORE_SECONDS, AFTER_SECONDS = 12.0, 8.0
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


@pytest.fixture
def volume(stack: KubernetesStack, tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a small volume that waits for the stack's claim; the stack is not up."""
    stack.down()
    stack.wait_until_nothing_is_left()
    folder = tmp_path / "volume"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0777", "tmpfs", str(folder)], check=True)
    manifest = _reserved(stack, folder)
    try:
        stack.cluster.apply(manifest)
        yield folder
    finally:
        _make_room(folder)
        stack.down()
        stack.cluster.delete(manifest)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _reserved(stack: KubernetesStack, folder: Path) -> Manifest:
    """Return a volume that nobody but the stack's claim gets. It is smaller than it says, as a thinly provisioned one may be."""
    classes: list[Any] = client.StorageV1Api(stack.cluster.dynamic.client).list_storage_class().items
    default = next(str(one.metadata.name) for one in classes if (one.metadata.annotations or {}).get(_DEFAULT) == "true")
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "small-flink-state"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": default,
            "claimRef": {"namespace": NAMESPACE, "name": STATE_VOLUME},
            "hostPath": {"path": str(folder), "type": "Directory"},
        },
    }


def test_jobs_heal_when_a_full_volume_has_room_again(stack: KubernetesStack, volume: Path) -> None:
    stack.up()
    jobs = stack.wait_for_jobs(stack.job_names())
    assert (volume / "checkpoints").is_dir(), "the claim got another volume"
    with stack.flow() as flow:
        with feeding(flow, "full") as fed:
            flow_for(BEFORE_SECONDS)
            _fill(volume)
            full_since = time.monotonic()
            stack.wait("a checkpoint fails", lambda: True if _failed(stack, jobs) else None)
            note("state volume full", first_failed_checkpoint_after_seconds=time.monotonic() - full_since)
            while time.monotonic() - full_since < FULL_SECONDS:
                _fill(volume)
                flow_for(2)
            told = {name: _says(stack, *name.split()) for name in ("status", "doctor", "why contexts", "preview")}
            _edited(stack)
            refused = _says(stack, "up")
            note("state volume full", seconds=time.monotonic() - full_since, restarts=_restarts(stack))
            _make_room(volume)
            room_since = time.monotonic()
            stack.wait("both jobs run and have a checkpoint", lambda: True if _well(stack) else None)
            healed = time.monotonic() - room_since
            flow_for(AFTER_SECONDS)
        fate = settled(flow, fed)
    note(
        "state volume full, then room",
        well_after_seconds=healed,
        fed=fate.fed,
        lost=0,
        twice=fate.duplicated_reviews,
        summaries_twice=fate.duplicated_summaries,
    )
    assert refused.code != 0, refused.said
    assert "statement summaries: its job is not touched: the volume of Flink's state is full" in " ".join(refused.said.split())
    assert told["status"].code != 0, told["status"].said
    for name in ("status", "doctor"):
        assert "the volume of Flink's state is full" in " ".join(told[name].said.split()), told[name].said
    assert "the place of Flink's state is full" in " ".join(told["why contexts"].said.split()), told["why contexts"].said
    deployed = stack.up()
    assert "summaries" in deployed.changed
    assert stack.up().changed == {}


def _says(stack: KubernetesStack, *command: str) -> Finished:
    began = time.monotonic()
    told = stack.copy.run(*command)
    note("state volume full", command=" ".join(command), code=told.code, seconds=time.monotonic() - began, said=last(told))
    assert "Traceback" not in told.said
    return told


def _edited(stack: KubernetesStack) -> None:
    prompt = stack.copy.folder / "sql" / "reviews" / "prompts" / "summary.md"
    prompt.write_text(f"{prompt.read_text(encoding='utf-8')}\nBe brief.\n", encoding="utf-8")


def _failed(stack: KubernetesStack, jobs: dict[str, str]) -> bool:
    return any(stack.get(JOB_MANAGER, f"/jobs/{job}/checkpoints")["counts"]["failed"] for job in jobs.values())


def _restarts(stack: KubernetesStack) -> dict[str, object]:
    """Return how often each job was restarted; of a JobManager that has ended, as its own notes lie on that volume too, nothing."""
    found: dict[str, object] = {}
    with suppress(requests.RequestException):
        for name, job in stack.jobs().items():
            told = stack.get(JOB_MANAGER, f"/jobs/{job['jid']}/metrics?get=numRestarts")
            found[name] = told[0]["value"] if told else None
    return found


def _well(stack: KubernetesStack) -> bool:
    """Tell whether each job runs, and its newest checkpoint is one that was completed."""
    running = stack.running()
    if not stack.job_names() <= set(running):
        return False
    try:
        latest = [stack.get(JOB_MANAGER, f"/jobs/{job}/checkpoints")["latest"] for job in running.values()]
    except requests.RequestException:
        return False
    return all(_is_newest(one) for one in latest)


def _is_newest(latest: dict[str, Any]) -> bool:
    completed, failed = latest["completed"], latest["failed"]
    return bool(completed) and (not failed or completed["trigger_timestamp"] > failed["trigger_timestamp"])


def _fill(volume: Path) -> None:
    """Leave no room, and take again what was given back meanwhile."""
    with (volume / "filler").open("ab", buffering=0) as file:
        for size in (BLOCK, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def _make_room(volume: Path) -> None:
    (volume / "filler").unlink(missing_ok=True)
