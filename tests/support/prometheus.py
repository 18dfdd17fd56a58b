"""A real Prometheus over a running stack, with the alert rules of docs/monitoring in which all times are shorter."""

import math
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from embedded.metrics import ALERTS
from tests.contract.bench import until
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY

PROMETHEUS = shutil.which("prometheus")
SCRAPE_SECONDS = 2
SHORTER: tuple[tuple[str, str], ...] = (
    (r"last_over_time\((\w+)\[\d+m\]\)", r"last_over_time(\1[300s])"),
    (r"\[\d+m\]", "[40s]"),
    (r"offset \d+m", "offset 20s"),
    (r"/ 1000 > 600\b", "/ 1000 > 25"),
    (r"^( *for:) \d+m$", r"\1 5s"),
)
"""What a test changes in the rules: times only, no comparison but the age of a checkpoint."""
Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """A running server. Values that are no number are left out of what `numbers` returns."""

    url: str

    def numbers(self, query: str) -> list[Sample]:
        """Return the samples of an instant query."""
        found = self._get("query", query=query)["result"]
        samples = [(one["metric"], float(one["value"][1])) for one in found]
        return [one for one in samples if math.isfinite(one[1])]

    def firing(self) -> list[Mapping[str, Any]]:
        """Return the alerts that fire, with labels and annotations."""
        return [one for one in self._get("alerts")["alerts"] if one["state"] == "firing"]

    def targets(self) -> Mapping[str, str]:
        """Return `up` or `down` of each target by its instance."""
        return {one["labels"]["instance"]: one["health"] for one in self._get("targets")["activeTargets"]}

    def _get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - as the page has it
        reply = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30)
        body = reply.json()
        assert body["status"] == "success", f"{parameters}: {body.get('error')}"
        return body["data"]


def shorter(rules: str) -> str:
    """Return the rules with the times of a test. Each kind of time must be there: a rule that is written otherwise would keep its own."""
    for pattern, replacement in SHORTER:
        rules, count = re.subn(pattern, replacement, rules, flags=re.MULTILINE)
        assert count, f"no rule has {pattern}"
    left = re.findall(r"\b\d+m\b", re.sub(r"^ *(description|summary): .*$", "", rules, flags=re.MULTILINE))
    assert left == [], f"times that a test does not shorten: {left}"
    return rules


@contextmanager
def prometheus(configuration: Path, folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus with a stack's configuration until the end of the block."""
    assert PROMETHEUS is not None
    wanted = yaml.safe_load(configuration.read_text(encoding="utf-8"))
    wanted["global"] = {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s", "evaluation_interval": "2s"}
    rules = folder / "alerts.yml"
    rules.write_text(shorter((REPOSITORY / ALERTS).read_text(encoding="utf-8")), encoding="utf-8")
    wanted["rule_files"] = [str(rules)]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(wanted), encoding="utf-8")
    [port] = free_ports(1)
    with (folder / "prometheus.log").open("wb") as log:
        command = [PROMETHEUS, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}"]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        started = Prometheus(url=f"http://127.0.0.1:{port}")
        until(lambda: _answers(started.url), seconds=60)
        yield started
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False


def seconds_until(condition: Any, *, seconds: float, what: str) -> float:  # noqa: ANN401 - anything that can be asked
    """Return how long it took until a condition held; fail at the deadline."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
    return time.monotonic() - began
