"""`forward` brings the pages of a real cluster to this machine: for whoever has the link, through a pod's end, until Ctrl-C."""

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.pods import is_back, kill
from tests.kubernetes.stack import RUNNING, KubernetesStack
from tests.support.flow import SUMMARIES, begin
from tests.support.ports import free_ports
from tests.support.samples import PLAIN

pytestmark = [pytest.mark.timeout(900)]

_END_SECONDS = 30.0
PORTS = ("ports__jobManager", "ports__sqlGateway", "ports__modelGateway")
PAGES: Mapping[str, tuple[str, str, int]] = {
    "Flink": ("/config", "flink-version", 200),
    "SQL Gateway": ("/info", "Apache Flink", 404),
    "model gateway": ("/health", "model", 404),
    "AKHQ": ("/", "", 200),
}
"""Of each, a path, what stands in its answer, and what a browser gets that opens the link: two are no pages, and say so themselves."""


@contextmanager
def forwarding(stack: KubernetesStack) -> Iterator[tuple[dict[str, str], "subprocess.Popen[str]"]]:
    """Run `forward` with ports of its own, and give its links; the process is ended with the block."""
    before = (stack.copy.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    stack.copy.configure(**dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    process = stack.copy.start("forward", "--json")
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["links"], process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        (stack.copy.folder / "Pulumi.dev.yaml").write_text(before, encoding="utf-8")


def page(link: str) -> tuple[httpx.Client, dict[str, str]]:
    """Return a client of the page's port, and the header that lets a program in."""
    address = httpx.URL(link)
    port = httpx.URL(scheme="http", host=address.host, port=address.port)
    return httpx.Client(base_url=port, trust_env=False, timeout=30), {"authorization": f"Bearer {address.params['token']}"}


def test_the_pages_of_a_cluster_open_by_their_links_and_by_nothing_else(deployed: KubernetesStack) -> None:
    with forwarding(deployed) as (links, process):
        answers = {title: _answers(links[title], path, words) for title, (path, words, _opened) in PAGES.items()}
        note("forward", links=sorted(links), answers=json.dumps(answers))
        assert answers == {title: [401, 403, 200, opened] for title, (_path, _words, opened) in PAGES.items()}
        _a_browser_sees_flink(links["Flink"])
        _kafka_answers(deployed, links["Kafka"])
        _a_new_job_manager_is_reached(deployed, links["Flink"])
        process.send_signal(signal.SIGINT)
        _rest, errors = process.communicate(timeout=_END_SECONDS)
        note("forward ended by Ctrl-C", code=process.returncode, said=errors[-300:])
        assert "Traceback" not in errors


def _answers(link: str, path: str, words: str) -> list[int]:
    """Ask without a token, from a page of another site, with the token, and as a browser that opens the link."""
    client, allowed = page(link)
    with client:
        stranger = client.get(path)
        foreign = client.post(path, content="{}", headers={"origin": "https://evil.example", **allowed})
        known = client.get(path, headers=allowed)
        assert words in known.text, known.text[:500]
        return [stranger.status_code, foreign.status_code, known.status_code, client.get(link, follow_redirects=True).status_code]


def _a_browser_sees_flink(link: str) -> None:
    """The page lives below a path that nobody can guess, and its own relative addresses lead there."""
    client, _allowed = page(link)
    with client:
        entered = client.get(link, follow_redirects=True)
        assert "<html" in entered.text.lower(), entered.text[:200]
        jobs = client.get(entered.url.join("jobs/overview"))
        assert {job["state"] for job in jobs.json()["jobs"]} >= {RUNNING}
        assert client.get("/jobs/overview").status_code == httpx.codes.UNAUTHORIZED


def _kafka_answers(stack: KubernetesStack, bootstrap: str) -> None:
    """Kafka's own port has no lock: what is fed through it comes out through it."""
    assert bootstrap.endswith(f":{stack.kafka_port}")
    flow = begin(bootstrap)
    flow.feed(PLAIN)
    flow.settle()
    assert flow.totals(SUMMARIES) == flow.expected_totals()


def _a_new_job_manager_is_reached(stack: KubernetesStack, link: str) -> None:
    client, allowed = page(link)
    with client:
        killed = kill(stack, "jobmanager")
        while_away = client.get("/config", headers=allowed)
        stack.wait("the JobManager is back", lambda: True if is_back(stack, "jobmanager", killed) else None)
        again = stack.wait("its page is back", lambda: one if (one := client.get("/config", headers=allowed)).is_success else None)
    note("forward while the JobManager is away", code=while_away.status_code, said=while_away.text[:200], after=again.status_code)
    assert while_away.status_code in {httpx.codes.OK, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE}
    stack.wait_for_jobs(stack.job_names())
