"""Runs that were killed in the middle, runs that are under way, locks of machines that are gone: what the next command says and does."""

import json
import shutil
import time
from pathlib import Path

import pytest

from cluster.helm_release import Release, records
from cluster.names import OPERATOR, SESSION_CLUSTER
from console.driver.backend import file_backend
from console.exit_codes import ExitCode
from tests.kubernetes.figures import note
from tests.kubernetes.interrupting import begun
from tests.kubernetes.interrupting import kill as kill_run
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack, Run

pytestmark = [pytest.mark.timeout(1800)]


def _said(run: Run) -> str:
    return "\n".join(str(one["message"]) for one in run.events if one["event"] == "say")


def test_a_first_up_is_told_to_who_asks_and_one_killed_while_helm_installs_is_taken_up(stack: KubernetesStack) -> None:
    stack.down()
    stack.wait_until_nothing_is_left()
    release = Release(namespace=NAMESPACE, name=OPERATOR)
    with begun(stack, "up", resource=OPERATOR, kind="release") as process:
        for command in ("status", "feed"):
            asked = stack.copy.run(command)
            note("asked during the first up", command=command, code=asked.code, said=asked.said.strip())
            assert asked.code == ExitCode.LOCKED, asked.said
            assert "is not up yet: a run works on it" in asked.said
        stack.wait("Helm has a record", lambda: records(stack.api_server, release) or None)
        kill_run(process)
    run = stack.up()
    stack.wait_for_jobs(stack.job_names())
    note("up killed while Helm installs, then up", seconds=run.end["seconds"], said=_said(run))
    assert stack.up().changed == {}


def test_an_up_killed_while_the_cluster_is_redeployed_is_made_up_for(deployed: KubernetesStack) -> None:
    """Also the wait: the next one does not end while the JobManager is on its way. What the killed one left behind is removed."""
    jobs = deployed.running()
    deployed.copy.configure(flink__taskManagerMemory=f"{1728 + int(time.time()) % 60}m")
    with begun(deployed, "up", resource=SESSION_CLUSTER) as process:
        deployed.wait("the JobManager is away", lambda: None if deployed.running() else True)
        left = _left(deployed.temporary)
        kill_run(process)
    began = time.monotonic()
    run = deployed.up()
    seconds = time.monotonic() - began
    note("up killed while it redeploys, then up", seconds=seconds, said=_said(run), left=left)
    assert deployed.running() == jobs, "it ended before the jobs ran again"
    assert left, "the killed run had nothing in its folder"
    assert _left(deployed.temporary) == []


def _left(temporary: Path) -> list[str]:
    return sorted(one.name for one in temporary.rglob("*") if one.is_file())


def test_a_lock_of_a_machine_that_is_gone_is_taken_away_as_told(deployed: KubernetesStack) -> None:
    backend = file_backend(f"file://{deployed.copy.state}", deployed.copy.stack)
    assert backend is not None
    locks = backend.locks
    locks.mkdir(parents=True, exist_ok=True)
    lock = {"pid": 1, "username": "ada", "hostname": "laptop-of-before", "timestamp": "2026-01-01T00:00:00Z"}
    (locks / "0.json").write_text(json.dumps(lock), encoding="utf-8")
    refused = deployed.copy.run("up")
    note("lock of a machine that is gone", code=refused.code, said=refused.said.strip())
    assert refused.code == ExitCode.LOCKED
    assert "ada on laptop-of-before" in refused.said
    assert "`pulumi cancel`" in refused.said
    shutil.rmtree(locks)
    deployed.up()


def test_a_wrong_passphrase_names_the_variable(deployed: KubernetesStack) -> None:
    refused = deployed.copy.run("up", PULUMI_CONFIG_PASSPHRASE="another one")
    note("wrong passphrase", code=refused.code, said=refused.said.strip())
    assert refused.code != 0
    assert "correct PULUMI_CONFIG_PASSPHRASE" in refused.said
    assert "Traceback" not in refused.said
