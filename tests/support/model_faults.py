"""A model server that misbehaves row by row behind a running stack, and what becomes of the rows."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.model_server import Call, ModelServer, Reply, error, said, summary
from tests.support.flow import SUMMARIES, SUMMARIES_REJECTED, Flow, begin
from tests.support.project import REPOSITORY, ProjectCopy

FAULTS: dict[str, tuple[Reply, str]] = {
    "garbage": (Reply(body=said("I cannot say.")), "not_json"),
    "fenced": (Reply(body=said(f"```json\n{json.loads(summary())['choices'][0]['message']['content']}\n```")), "ok"),
    "no choices": (Reply(body=b'{"choices": []}'), "no_choices"),
    "empty": (Reply(body=said("")), "empty_answer"),
    "length": (Reply(body=said('{"sentiment": "pos', finish="length")), "truncated_answer"),
    "content filter": (Reply(body=said(None, finish="content_filter")), "content_filter"),
    "400": (Reply(status=400, body=error("temperature")), "upstream_refused"),
    "401": (Reply(status=401, body=error("bad key")), "key_refused"),
    "404": (Reply(status=404, body=error("no such model")), "model_not_found"),
    "413": (Reply(status=413, body=b"<html>"), "input_too_long"),
    "429": (Reply(status=429, headers={"retry-after": "1"}, body=error("slow down")), "ok"),
    "500": (Reply(status=500, body=error("boom")), "upstream_error"),
    "503": (Reply(status=503, body=error("loading")), "ok"),
    "truncated body": (Reply(body=summary(), breaks_off=True), "broken_answer"),
    "HTML": (Reply(body=b"<html>login</html>", headers={"content-type": "text/html"}), "broken_answer"),
    "wrong content type": (Reply(body=summary(), headers={"content-type": "image/png"}), "ok"),
    "slow drip": (Reply(body=summary(), drip_seconds=0.2), "upstream_timeout"),
    "hanging": (Reply(hangs=True), "upstream_timeout"),
    "reset": (Reply(closes=True), "broken_answer"),
}
PASSING = frozenset({"429", "503"})
"""Only the first call for a row has this trouble."""


def behave(call: Call) -> Reply:
    """Do what a mark in the row's first text says."""
    text = next(message["content"] for message in call.body["messages"] if message["role"] == "user")
    for name, (reply, _reason) in FAULTS.items():
        if f"[{name}]" in text:
            return Reply(body=summary()) if name in PASSING and call.time else reply
    return Reply(body=summary(), seconds=0.05)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running stack, in front of the model server."""

    copy: ProjectCopy
    server: ModelServer

    def begin(self) -> Flow:
        """Remember where the topics end, forget the calls so far, and let the server misbehave again."""
        self.server.behave = behave
        with self.server.lock:
            self.server.calls.clear()
            self.server.seen.clear()
        return begin(str(self.copy.outputs()["kafkaBootstrap"]))

    def edit(self, **header: str | int) -> None:
        """Give the second stage this header, in place of what was edited before; `up` makes it so."""
        lines = "".join(f"-- {key}: {value}\n" for key, value in header.items())
        self.write("summaries.sql", lambda plain: lines + plain)

    def write(self, name: str, change: Callable[[str], str]) -> None:
        """Write a file of the bundle: what is in the repository, changed."""
        plain = (REPOSITORY / "sql" / "reviews" / name).read_text(encoding="utf-8")
        (self.copy.folder / "sql" / "reviews" / name).write_text(change(plain), encoding="utf-8")

    def restarts(self) -> dict[str, int]:
        """Return how often each job failed."""
        # Not `succeed`: where most answers are rejections, `status` says that the model is not healthy, and it is right.
        return {job["statement"]: job["restarts"] for job in self.copy.run("status", "--json").json()["jobs"]}

    def process_id(self, service: str) -> int:
        """Return the process of a service. Asked for before there is work: `status` takes seconds, in which the work would be done."""
        services = self.copy.run("status", "--json").json()["services"]
        return int(next(one["processId"] for one in services if one["name"] == service))


def review(product: str, text: str) -> bytes:
    """Return a review that becomes a context of its own."""
    fields = {"review_id": f"r-{product}", "product_id": product, "product_name": product, "rating": 4, "review_text": text}
    return json.dumps(fields).encode()


def reasons(flow: Flow) -> Counter[str]:
    """Count the rows by reason, summaries as `ok`."""
    told = Counter(row["reason"] for row in flow.rows[SUMMARIES_REJECTED])
    told["ok"] = len(flow.rows[SUMMARIES])
    return told


def until(flow: Flow, done: Callable[[], bool], seconds: float) -> None:
    """Look at the topics until it is done."""
    deadline = time.monotonic() + seconds
    while True:
        flow.look()
        if done():
            return
        assert time.monotonic() < deadline, {topic: len(rows) for topic, rows in flow.rows.items()}
        time.sleep(0.5)
