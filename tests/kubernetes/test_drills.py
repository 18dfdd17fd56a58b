"""What befalls both stages at once, under load: every pod killed, the node drained, the registry gone, the cluster of `dev` gone.

About fifteen minutes:
pytest -o faulthandler_timeout=0 -p no:randomly -p no:cacheprovider tests/kubernetes/test_drills.py
The node is drained and the registry killed only where a program is named that starts what is missing: everybody on the cluster feels it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import yaml

from components.names import job_name
from tests.kubernetes.faults import SESSION
from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.pods import are_all_back, kill_all
from tests.kubernetes.stack import KubernetesStack
from tests.kubernetes.staging import STAGE, STAGING, Stage, last, stage
from tests.support.feeding import Fate, feeding, flow_for, settled
from tests.support.project import Finished

PROGRAM = "FLINK_REVIEWS_TESTBED"
REGISTRY_PORT = 5001
BEFORE_SECONDS, AFTER_SECONDS = 8.0, 6.0
DRAIN_SECONDS = 240
START_SECONDS = 120.0

pytestmark = [pytest.mark.timeout(2400)]
needs_program = pytest.mark.skipif(not os.environ.get(PROGRAM), reason=f"name a program that starts what is missing in {PROGRAM}")


@pytest.fixture(scope="module")
def staging(stack: KubernetesStack) -> Iterator[Stage]:
    """Give `staging` beside `dev`, both up."""
    stack.up()
    stack.wait_for_jobs(stack.job_names())
    prompt = _prompt_of(stack)
    text = prompt.read_text(encoding="utf-8")
    with stage(stack) as one:
        one.up()
        one.wait()
        yield one
    prompt.write_text(text, encoding="utf-8")


def _counted(fate: Fate, **more: object) -> dict[str, object]:
    return {"fed": fate.fed, "lost": 0, "twice": fate.duplicated_reviews, "summaries_twice": fate.duplicated_summaries, **more}


@contextmanager
def _both_under_load(staging: Stage, what: str) -> Iterator[dict[str, float]]:
    """Feed both stages while something happens; count each afterwards. The seconds until each runs again are the block's to fill in."""
    seconds: dict[str, float] = {}
    with staging.dev.flow() as ours, staging.flow() as theirs:
        with feeding(ours, f"dev-{what}") as fed, feeding(theirs, f"staging-{what}") as also:
            flow_for(BEFORE_SECONDS)
            yield seconds
            flow_for(AFTER_SECONDS)
        fates = {"dev": settled(ours, fed), STAGE: settled(theirs, also)}
    for name, fate in fates.items():
        note(what, stage=name, **_counted(fate, jobs_run_after_seconds=seconds.get(name)))


def _back(staging: Stage, killed: Mapping[str, set[str]], began: float) -> dict[str, float]:
    """Wait until every pod is there again and both stages run; return after how many seconds."""
    found: dict[str, float] = {}
    for namespace, uids in killed.items():
        staging.dev.wait(f"the pods of {namespace} are back", _told(staging.dev, namespace, uids))
        name = STAGE if namespace == STAGING else "dev"
        if name == STAGE:
            staging.wait()
        else:
            staging.dev.wait_for_jobs(staging.dev.job_names())
        found[name] = time.monotonic() - began
    return found


def _told(stack: KubernetesStack, namespace: str, uids: set[str]) -> Callable[[], bool | None]:
    return lambda: True if are_all_back(stack, namespace, uids) else None


def _says(finished: Finished, what: str, command: str) -> Finished:
    note(what, command=command, code=finished.code, said=last(finished))
    assert "Traceback" not in finished.said
    return finished


def _nothing_changes(staging: Stage) -> None:
    assert staging.dev.up().changed == {}
    assert "nothing changed" in staging.up().said


def test_every_pod_of_both_stages_is_killed_at_once(staging: Stage) -> None:
    dev = staging.dev
    jobs = dev.running(), staging.running()
    with _both_under_load(staging, "all pods killed") as seconds:
        began = time.monotonic()
        killed = kill_all(dev, NAMESPACE, STAGING)
        note("all pods killed", pods={name: len(uids) for name, uids in killed.items()})
        _says(dev.copy.run("status"), "all pods killed", "status, at once")
        seconds.update(_back(staging, killed, began))
    assert (dev.running(), staging.running()) == jobs, "a job came back under another id"
    _nothing_changes(staging)


@needs_program
def test_a_drained_node_takes_its_pods_back(staging: Stage) -> None:
    dev = staging.dev
    jobs = dev.running(), staging.running()
    node = str(dev.cluster.core.list_node().items[0].metadata.name)
    with _both_under_load(staging, "node drained") as seconds:
        there = {name: {pod.metadata.uid for pod in dev.cluster.core.list_namespaced_pod(name).items} for name in (NAMESPACE, STAGING)}
        began = time.monotonic()
        try:
            options = ("--ignore-daemonsets", "--delete-emptydir-data", "--force", f"--timeout={DRAIN_SECONDS}s")
            drained = _kubectl(dev, "drain", node, *options)
            note("node drained", seconds=time.monotonic() - began, code=drained.returncode, said=drained.stderr[-600:])
            assert drained.returncode == 0, drained.stderr
            status = _says(dev.copy.run("status"), "node drained", "status")
            assert status.code != 0
            _says(dev.copy.run("preview"), "node drained", "preview")
        finally:
            _kubectl(dev, "uncordon", node)
        seconds.update(_back(staging, there, time.monotonic()))
    assert (dev.running(), staging.running()) == jobs, "a job came back under another id"
    _nothing_changes(staging)


@needs_program
def test_the_registry_is_gone(staging: Stage) -> None:
    """What runs is on the node: restarts, an edit of SQL and a promotion need no registry; a new image does, and says so."""
    dev = staging.dev
    dockerfile = dev.copy.folder / "docker" / "flink" / "Dockerfile"
    text, jobs = dockerfile.read_text(encoding="utf-8"), dev.running()
    with _registry_gone():
        began = time.monotonic()
        _says(dev.copy.run("up"), "registry gone", "up without a change")
        _says(dev.copy.run("doctor"), "registry gone", "doctor")
        with _both_under_load(staging, "registry gone, all pods killed") as seconds:
            seconds.update(_back(staging, kill_all(dev, NAMESPACE, STAGING), time.monotonic()))
        assert dev.running() == jobs
        _prompt(dev, "registry")
        edited = _says(dev.copy.run("up"), "registry gone", "up with an edited prompt")
        assert edited.code == 0, edited.said
        promoted = _says(staging.copy.run("promote", "dev", STAGE, "--yes"), "registry gone", "promote")
        assert promoted.code == 0, promoted.said
        jobs = dev.running()
        try:
            dockerfile.write_text(f'{text}\nLABEL edited="{time.time_ns()}"\n', encoding="utf-8")
            refused = _says(dev.copy.run("up"), "registry gone", "up with an edited image")
            assert refused.code != 0
            assert "registry" in refused.said or "refused" in refused.said, refused.said
            assert dev.running() == jobs
        finally:
            dockerfile.write_text(text, encoding="utf-8")
        note("registry gone", seconds=time.monotonic() - began)
    healed = dev.up()
    note("registry back", seconds=healed.end["seconds"], changed=healed.changed)
    _nothing_changes(staging)


def test_the_cluster_of_dev_goes_while_staging_is_upgraded(staging: Stage, tmp_path: Path) -> None:
    """The upgrade ends well: what is taken over was read before. Without `dev` a repair goes on; something new wants a reason."""
    dev = staging.dev
    _prompt(dev, "once more")
    dev.up()
    jobs, asking = staging.wait(), job_name(STAGE, "summaries")
    with staging.flow() as flow, ExitStack() as gone:
        with feeding(flow, "dev-gone") as fed:
            flow_for(BEFORE_SECONDS)
            began = time.monotonic()
            command = ("promote", "dev", STAGE, "--yes")
            with ThreadPoolExecutor(max_workers=1) as pool:
                promoted = pool.submit(staging.copy.run, *command)
                dev.wait("the job of before is stopped", lambda: None if staging.running().get(asking) == jobs[asking] else True)
                gone.enter_context(_gone(dev, tmp_path))
                ended = _says(promoted.result(), "dev gone while staging is upgraded", "promote")
            note("dev gone while staging is upgraded", seconds=time.monotonic() - began)
            assert ended.code == 0, ended.said
            staging.wait()
            flow_for(AFTER_SECONDS)
            repaired = _says(staging.copy.run("up"), "dev gone", "up of staging")
            assert "nothing changed" in repaired.said
            _on_somebodys_word(staging)
        fate = settled(flow, fed)
    note("dev gone while staging is upgraded", **_counted(fate))
    assert fate.duplicated_reviews == 0
    down = dev.run("down")
    note("down of dev, whose namespace is gone", code=down.finished.code, said=last(down.finished))
    assert down.finished.code == 0, down.told


def _on_somebodys_word(staging: Stage) -> None:
    """What `dev` never ran is refused, and goes with a reason that the history keeps."""
    for command in (("status",), ("preview",)):
        gone = _says(staging.dev.copy.run(*command), "dev gone", f"{command[0]} of dev")
        assert gone.code != 0
        assert "cannot be reached" in gone.said
    _prompt(staging.dev, "a mend")
    refused = _says(staging.copy.run("promote", "dev", STAGE, "--yes"), "dev gone", "promote of an edit that dev never ran")
    assert refused.code == 1
    allowed = _says(staging.copy.run("promote", "dev", STAGE, "--yes", "--override", "the cluster of dev is gone"), "dev gone", "override")
    assert allowed.code == 0, allowed.said
    newest = staging.copy.succeed("log", "--json").json()["promotions"][-1]
    note("dev gone", override=newest["override"])
    assert newest["override"]["reason"] == "the cluster of dev is gone"


def _prompt_of(stack: KubernetesStack) -> Path:
    return stack.copy.folder / "sql" / "reviews" / "prompts" / "summary.md"


def _prompt(stack: KubernetesStack, mark: str) -> None:
    file = _prompt_of(stack)
    file.write_text(f"{file.read_text(encoding='utf-8')}\nBe brief, {mark}.\n", encoding="utf-8")


@contextmanager
def _gone(dev: KubernetesStack, folder: Path) -> Iterator[None]:
    """Delete all that `dev` has, and let nobody reach its API server any more until the end of the block."""
    namespace = f"/api/v1/namespaces/{NAMESPACE}"
    dev.api_server.delete(namespace)
    kill_all(dev, NAMESPACE)
    if dev.api_server.find_metadata(SESSION.path) is not None:
        dev.api_server.merge(SESSION.path, {"metadata": {"finalizers": None}})
    file = dev.copy.folder / "Pulumi.dev.yaml"
    text = file.read_text(encoding="utf-8")
    view = _kubectl(dev, "config", "view", "--raw", "--minify")
    lost = yaml.safe_load(view.stdout)
    lost["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    unreachable = folder / "kubeconfig"
    unreachable.write_text(yaml.safe_dump(lost), encoding="utf-8")
    dev.copy.configure(kubernetes__kubeconfig=str(unreachable))
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")
        dev.wait("the namespace of dev is gone", lambda: True if dev.api_server.find_metadata(namespace) is None else None)


@contextmanager
def _registry_gone() -> Iterator[None]:
    """Kill the registry; at the end it is there again, with what it had."""
    listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    processes = {one.pid for one in listening if one.pid and tuple(one.laddr)[1:2] == (REGISTRY_PORT,)}
    assert len(processes) == 1, processes
    psutil.Process(processes.pop()).kill()
    try:
        yield
    finally:
        _start_what_is_missing()


def _start_what_is_missing() -> None:
    """Run the program that does it, again where it fails: connections to what was killed may still hold its port."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        started = subprocess.run([os.environ[PROGRAM], "up"], capture_output=True, text=True, check=False)
        if started.returncode == 0:
            return
        assert time.monotonic() < deadline, f"{started.stdout}\n{started.stderr}"
        time.sleep(1.0)


def _kubectl(stack: KubernetesStack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("kubectl")
    assert program, "there is no kubectl"
    return subprocess.run([program, "--context", stack.given.context, *arguments], capture_output=True, text=True, check=False)
