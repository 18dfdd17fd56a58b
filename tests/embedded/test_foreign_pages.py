"""A page that is open in a browser on the same machine asks the stack's servers: what it can send, and what it is given to read."""

import httpx
import pytest

from flinksql.bundle import job_id
from flinksql.jobmanager import JobManagerClient
from flinksql.transport import Endpoint
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

EVIL = "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
def page() -> httpx.Client:
    """Give what a page's requests look like: the browser adds where they come from."""
    return httpx.Client(headers={"origin": EVIL, "sec-fetch-site": "cross-site"}, trust_env=False, timeout=30)


def test_no_page_may_read_what_flink_answers(real_stack: ProjectCopy, page: httpx.Client) -> None:
    real_stack.succeed("up")
    outputs = real_stack.outputs()
    jobs = page.get(f"{outputs['jobManagerUrl']}/jobs/overview")
    session = page.post(f"{outputs['gatewayUrl']}/v1/sessions", content="{}", headers={"content-type": "text/plain"})
    assert [response.headers.get(ALLOWED) for response in (jobs, session)] == [outputs["jobManagerUrl"]] * 2


def test_no_page_can_tell_the_id_of_a_job(real_stack: ProjectCopy, page: httpx.Client) -> None:
    real_stack.succeed("up")
    outputs = real_stack.outputs()
    client = JobManagerClient(Endpoint(name="JobManager", base_url=outputs["jobManagerUrl"]))
    running = {job.job_id for job in client.jobs() if not job.state.terminal}
    statements = [about for about in outputs["statements"].values() if about["kind"] == "job"]
    assert statements
    for about in statements:
        guesses = {job_id(about["jobName"], about["definitionHash"], generation) for generation in range(1, 10)}
        assert not guesses & running
        assert page.get(f"{outputs['jobManagerUrl']}/jobs/{min(guesses)}/yarn-cancel").status_code == 404
    assert {job.job_id for job in client.jobs() if not job.state.terminal} == running


def test_no_page_spends_money_at_the_model_gateway(real_stack: ProjectCopy, page: httpx.Client) -> None:
    real_stack.succeed("up")
    body = {"messages": [{"role": "user", "content": "spend"}]}
    response = page.post(f"{real_stack.outputs()['modelUrl']}/v1/chat/completions", json=body)
    assert (response.status_code, ALLOWED in response.headers) == (403, False)
