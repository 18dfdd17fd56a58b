"""A platform stack on this machine, and pipeline stacks on it: several stacks of one copy of the project."""

import copy as copying
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from embedded.data_folder import DataFolder
from embedded.processes import marked
from flinksql.flink.jobmanager import JobManagerClient
from tests.support.flink import job_manager_in
from tests.support.kafka import read_json, send
from tests.support.project import NAMESPACE, NO_ARCHIVES, ProjectCopy

FULL_NAME = "organization/flink-reviews/platform"
SRC = """CREATE TABLE orders (id BIGINT) WITH (
    'connector' = 'kafka', 'topic' = '${topic_prefix}orders', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);
"""
SNK = """CREATE TABLE copied (id BIGINT) WITH (
    'connector' = 'kafka', 'topic' = '${topic_prefix}copied', 'properties.bootstrap.servers' = '${kafka_bootstrap}', 'format' = 'json',
    'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${job_name}/copied',
    'properties.transaction.timeout.ms' = '600000'
);
"""
COPY = "INSERT INTO copied SELECT id FROM orders;\n"


@dataclass(frozen=True, kw_only=True)
class PlatformStack:
    """The stack with the platform, and the folder of the bundle that its pipelines run."""

    stack: ProjectCopy
    bundle: Path

    def pipeline(self, name: str, **values: str | int | bool) -> ProjectCopy:
        """Write the file of a pipeline stack with a prefix of its own; return it, not up yet."""
        return _stack(
            self.stack,
            name,
            platform="external",
            platform__stack=FULL_NAME,
            bundle=str(self.bundle),
            topics__prefix=f"{name}.",
            topics__partitions=2,
            topics__deleteOnDestroy=True,
            flink__checkpointIntervalSeconds=2,
            **values,
        )

    @property
    def jobmanager(self) -> JobManagerClient:
        """A client of the platform's JobManager."""
        return job_manager_in(self.stack.outputs())

    def alive(self) -> dict[str, str]:
        """Return the ids of the jobs that run, by their names."""
        return {job.name: job.job_id for job in self.jobmanager.jobs() if not job.state.terminal}

    def kill(self, *services: str) -> None:
        """Kill processes of the platform without a word."""
        for one in marked(DataFolder(root=self.stack.data)):
            if one.service in services:
                os.kill(one.pid, signal.SIGKILL)


def _stack(project: ProjectCopy, name: str, **values: str | int | bool) -> ProjectCopy:
    config = {NAMESPACE + key.replace("__", "."): str(one).lower() if isinstance(one, bool) else str(one) for key, one in values.items()}
    (project.folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    other = copying.copy(project)
    other.stack = name
    return other


@contextmanager
def platform_stack(folder: Path, **values: str | int | bool) -> Iterator[PlatformStack]:
    """Give a platform that is up; whatever happens, nothing of it runs at the end."""
    project = ProjectCopy(folder)
    project.environment["PULUMI_CONFIG_PASSPHRASE"] = "of tests"
    project.configure_free_ports()
    config = yaml.safe_load((folder / "Pulumi.local.yaml").read_text(encoding="utf-8"))["config"]
    ports = {key.removeprefix(NAMESPACE).replace(".", "__"): one for key, one in config.items() if key.startswith(f"{NAMESPACE}ports.")}
    stack = _stack(project, "platform", bundle="none", flink__checkpointIntervalSeconds=2, **NO_ARCHIVES, **ports, **values)
    bundle = folder.parent / "bundle"
    bundle.mkdir()
    for name, text in (("orders", SRC), ("copied", SNK), ("copy", COPY)):
        (bundle / f"{name}.sql").write_text(text, encoding="utf-8")
    try:
        # On a machine with ten times as much to do as it can, a TaskManager does not register in time; the next `up` goes on.
        if stack.run("up").code != 0:
            stack.succeed("up")
        yield PlatformStack(stack=stack, bundle=bundle)
    finally:
        for file in folder.glob("Pulumi.*.yaml"):
            other = copying.copy(project)
            other.stack = file.name.split(".")[1]
            if other.stack not in {"platform", "local", "dev", "staging", "prod"}:
                other.run("down")
        if stack.run("down").code != 0:
            # What the test left keeps the platform: its processes go all the same.
            _end(stack)
        project.close()


def _end(stack: ProjectCopy) -> None:
    for one in marked(DataFolder(root=stack.data)):
        os.kill(one.pid, signal.SIGKILL)


def feed(bootstrap: str, topic: str, ids: range) -> None:
    """Send one record for each id."""
    send(bootstrap, [json.dumps({"id": one}).encode() for one in ids], topic)


def arrived(bootstrap: str, topic: str) -> list[int]:
    """Return the committed ids of a topic, sorted."""
    return sorted(row["id"] for row in read_json(bootstrap, topic))
