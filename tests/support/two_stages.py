"""Two stacks on this machine, `staging` promoted from `dev`: each with processes, ports and a data folder of its own."""

import copy as copying
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import Producer

from embedded.data_folder import DataFolder
from tests.support.archives import take_archives
from tests.support.kafka import ends, read_json
from tests.support.ports import free_ports
from tests.support.project import NAMESPACE, PORTS, ProjectCopy, take_downloads

ROWS, COUNTS, JOB = "visits", "visit_counts", "counting"
WINDOW_MILLISECONDS = 300_000
BEGIN = 1_700_000_100_000
"""The begin of a window of five minutes."""
FILES = {
    f"{ROWS}.sql": """CREATE TABLE visits (k STRING, ts BIGINT, event_time AS TO_TIMESTAMP_LTZ(ts, 3),
    WATERMARK FOR event_time AS event_time)
WITH ('connector' = 'kafka', 'topic' = 'visits', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
""",
    f"{COUNTS}.sql": """CREATE TABLE visit_counts (k STRING, began BIGINT, n BIGINT, version STRING)
WITH ('connector' = 'kafka', 'topic' = 'visit_counts', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json');
""",
    "bundle.yaml": "public: [visit_counts]\n",
}
_JOB = """INSERT INTO visit_counts
SELECT k, UNIX_TIMESTAMP(CAST(window_start AS STRING)), COUNT(*), '{version}'
FROM TABLE(TUMBLE(TABLE visits, DESCRIPTOR(event_time), INTERVAL '5' MINUTES))
GROUP BY k, window_start, window_end;
"""
FIRST, SECOND = _JOB.format(version="first"), _JOB.format(version="second")


@dataclass(frozen=True, kw_only=True)
class TwoStages:
    """The stacks, and the folder of the bundle that both run. `bootstrap` is the broker of `staging`."""

    dev: ProjectCopy
    staging: ProjectCopy
    bundle: Path
    bootstrap: str
    sent: dict[int, int] = field(default_factory=dict)

    def write(self, text: str, file: str = f"{JOB}.sql") -> None:
        """Give a file of the bundle a text."""
        (self.bundle / file).write_text(text, encoding="utf-8")

    def send(self, window: int, rows: int) -> None:
        """Send rows of a window to `staging`, by turns to each partition: each has a watermark of its own."""
        producer = Producer({"bootstrap.servers": self.bootstrap})
        partitions = len(ends(self.bootstrap, ROWS))
        for number in range(rows):
            value = json.dumps({"k": "a", "ts": BEGIN + window * WINDOW_MILLISECONDS + number}).encode()
            producer.produce(ROWS, value, partition=number % partitions)
        self.sent[window] = self.sent.get(window, 0) + rows
        assert producer.flush(60) == 0

    def results(self, version: str) -> Sequence[int]:
        """Return the counts that a version wrote in `staging`, in the order of the windows."""
        rows: list[dict[str, Any]] = read_json(self.bootstrap, COUNTS)
        return [row["n"] for row in sorted((row for row in rows if row["version"] == version), key=lambda row: row["began"])]


@contextmanager
def two_stages(folder: Path) -> Iterator[TwoStages]:
    """Give the stacks, neither of them up; whatever happens, both are down at the end."""
    project = ProjectCopy(folder)
    project.environment["PULUMI_CONFIG_PASSPHRASE"] = "of tests"
    bundle = folder.parent / "visits"
    bundle.mkdir()
    for name, text in FILES.items():
        (bundle / name).write_text(text, encoding="utf-8")
    ports = free_ports(2 * len(PORTS))
    dev = _stage(project, "dev", ports[: len(PORTS)], bundle)
    staging = _stage(project, "staging", ports[len(PORTS) :], bundle, **{"promotion.from": "dev", "data.folder": ".data-staging"})
    take_downloads(folder / ".data-staging")
    take_archives(DataFolder(root=folder / ".data-staging"))
    made = TwoStages(dev=dev, staging=staging, bundle=bundle, bootstrap=f"127.0.0.1:{ports[len(PORTS) + PORTS.index('kafka')]}")
    made.write(FIRST)
    try:
        yield made
    finally:
        for stack in (staging, dev):
            stack.run("down")


def _stage(project: ProjectCopy, name: str, ports: Sequence[int], bundle: Path, **more: str) -> ProjectCopy:
    given = {f"ports.{key}": str(port) for key, port in zip(PORTS, ports, strict=True)}
    given |= {"bundle": str(bundle), "flink.checkpointIntervalSeconds": "2", "flink.taskSlots": "2", "data.classArchives": "false", **more}
    text = yaml.safe_dump({"config": {NAMESPACE + key: value for key, value in given.items()}})
    (project.folder / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")
    stack = copying.copy(project)
    stack.stack = name
    return stack
