"""The API server stands still for a minute in the middle of a run: the run waits, and ends as it would have.

Only where its process is named: everybody on that cluster feels it.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from console.exit_codes import ExitCode
from tests.kubernetes.figures import note
from tests.kubernetes.interrupting import begun
from tests.kubernetes.stack import KubernetesStack
from tests.support.feeding import feeding, flow_for, settled

PROCESS = "FLINK_REVIEWS_API_SERVER_PROCESS"
"""The id of the API server's process on this machine."""
AWAY_SECONDS = 62.0
_HANG_SECONDS = 600.0

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get(PROCESS), reason=f"name the API server's process in {PROCESS}"),
]


@contextmanager
def _away() -> Iterator[None]:
    process = int(os.environ[PROCESS])
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def _redeployed(stack: KubernetesStack) -> None:
    stack.copy.configure(flink__taskManagerMemory=f"{1728 + int(time.time()) % 60}m")


def _prompt(stack: KubernetesStack) -> None:
    file = stack.copy.folder / "sql" / "reviews" / "prompts" / "summary.md"
    file.write_text(f"{file.read_text(encoding='utf-8')}\nOnce more, {time.time_ns()}.\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "resource", "judged"),
    [
        pytest.param(_redeployed, "flink-sql-session", False, id="while the session cluster is redeployed"),
        pytest.param(_prompt, "summaries", True, id="while a job is upgraded"),
    ],
)
def test_a_run_outlives_an_api_server_that_is_away_for_a_minute(
    deployed: KubernetesStack, change: Callable[[KubernetesStack], None], resource: str, *, judged: bool
) -> None:
    """It ends well, or says what it could not look at meanwhile; then the next one finds nothing to do."""
    with deployed.flow() as flow, feeding(flow, "away") as fed:
        flow_for(8.0)
    change(deployed)
    began = time.monotonic()
    with begun(deployed, "up", resource=resource, judged=judged) as process:
        with _away():
            flow_for(AWAY_SECONDS)
        rest, errors = process.communicate(timeout=_HANG_SECONDS)
    told = [one for line in rest.splitlines() if line.startswith("{") and (one := json.loads(line))["event"] in {"say", "problem"}]
    note("API server away", change=resource, code=process.returncode, seconds=time.monotonic() - began, said=json.dumps(told)[-2000:])
    unseen = any("not looked at" in str(one["message"]) for one in told)
    assert process.returncode == (ExitCode.UNHEALTHY if unseen else ExitCode.OK), (told, errors[-3000:])
    assert not any(one["event"] == "problem" and one["severity"] == "error" for one in told), told
    deployed.wait_for_jobs(deployed.job_names())
    with deployed.flow() as after:
        after.before = flow.before
        fate = settled(after, fed)
    note("API server away", change=resource, fed=fate.fed, lost=0, twice=fate.duplicated_reviews, summaries_twice=fate.duplicated_summaries)
    assert deployed.up().changed == {}


def test_down_says_that_the_cluster_is_away_and_deletes_nothing(deployed: KubernetesStack) -> None:
    jobs = deployed.running()
    with _away():
        refused = deployed.copy.run("down")
    note("down while the API server is away", code=refused.code, said=refused.said[-900:])
    said = " ".join(refused.said.split())
    assert refused.code == ExitCode.UNHEALTHY
    assert "cannot be reached: no reply within 15 s: nothing was deleted" in said
    assert "PULUMI_K8S" not in said
    assert deployed.wait_for_jobs(deployed.job_names()) == jobs
