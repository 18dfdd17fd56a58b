"""The article's REST calls, one after another, by a bare HTTP client: what a reader of the article types with curl.

As in the article no result is fetched, so an error in a statement would go unseen.
"""

import time
from pathlib import Path

import requests

from benchmarks.errors import JobsNeverRanError
from flinksql.flink.transport import Endpoint

ORDER = (
    "product_reviews",
    "product_review_context",
    "aggregate_reviews",
    "product_review_summarizer",
    "product_review_summary",
    "summarize_contexts",
)
"""The article's six statements in the order in which it submits them; names of files in sql/article."""

JOBS = 2
POLL_SECONDS = 0.05
DEADLINE_SECONDS = 180.0
CALL_SECONDS = 60.0


class BareClient:
    """Speaks to a SQL Gateway and a JobManager whose base URLs have no path, with one certificate for both."""

    def __init__(self, gateway: Endpoint, job_manager: Endpoint) -> None:
        self._gateway = gateway.base_url
        self._job_manager = job_manager.base_url
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.cert, self._http.verify = gateway.certificate, gateway.verify

    def submit(self, statements: list[str]) -> str:
        """Post the statements into one new session and return its path. The gateway runs them in order."""
        handle = self._http.post(f"{self._gateway}/v2/sessions", json={}, timeout=CALL_SECONDS).json()["sessionHandle"]
        path = f"{self._gateway}/v2/sessions/{handle}"
        for statement in statements:
            self._http.post(f"{path}/statements", json={"statement": statement}, timeout=CALL_SECONDS).raise_for_status()
        return path

    def wait(self, count: int) -> None:
        """Return when `count` jobs are RUNNING with all their tasks. Raises JobsNeverRanError."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while sum(_runs(job) for job in self._jobs()) < count:
            if time.monotonic() > deadline:
                raise JobsNeverRanError(f"{count} jobs did not run within {DEADLINE_SECONDS:.0f} s: {self._jobs()}")
            time.sleep(POLL_SECONDS)

    def end(self, session: str) -> None:
        """Close the session, cancel every job and return when all have ended."""
        self._http.delete(session, timeout=CALL_SECONDS)
        self.cancel()

    def cancel(self) -> None:
        """Cancel every job and return when all have ended."""
        for job in self._jobs():
            if not _ended(job):
                self._http.patch(f"{self._job_manager}/jobs/{job['jid']}?mode=cancel", timeout=CALL_SECONDS)
        while not all(_ended(job) for job in self._jobs()):
            time.sleep(POLL_SECONDS)

    def _jobs(self) -> list[dict[str, object]]:
        jobs: list[dict[str, object]] = self._http.get(f"{self._job_manager}/jobs/overview", timeout=CALL_SECONDS).json()["jobs"]
        return jobs


def article_statements(folder: Path, kafka_bootstrap: str, model_endpoint: str) -> list[str]:
    """Read the article's statements with its two addresses filled in, as its reader would edit them."""
    addresses = {
        "${kafka_bootstrap}": kafka_bootstrap,
        "${model_endpoint}": model_endpoint,
        "${topic_prefix}": "",
        "${job_name}": "bare",
    }
    texts = [(folder / f"{name}.sql").read_text(encoding="utf-8") for name in ORDER]
    for placeholder, address in addresses.items():
        texts = [text.replace(placeholder, address) for text in texts]
    return [text.strip().rstrip(";") for text in texts]


def _runs(job: dict[str, object]) -> bool:
    tasks = job["tasks"]
    return isinstance(tasks, dict) and job["state"] == "RUNNING" and tasks["running"] == tasks["total"] > 0


def _ended(job: dict[str, object]) -> bool:
    return job["state"] in ("CANCELED", "FAILED", "FINISHED")
