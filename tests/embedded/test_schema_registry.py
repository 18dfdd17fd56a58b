"""Avro whose schemas are in a registry, from `feed` through Flink to `tail`: an upsert sink, a column more, a schema that is refused.

The registry is one in memory that asks for a password. `FLINK_REVIEWS_SCHEMA_REGISTRY` is the URL of a real one without a password,
whose rule for all subjects is BACKWARD.
`FLINK_REVIEWS_SCHEMA_REGISTRY_LINE` names another Flink line than the newest.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from options.flink_lines import DEFAULT_LINE
from tests.fakes.schema_registry import schema_registry
from tests.support.plain import set_secret
from tests.support.project import REPOSITORY, Finished, ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]

REAL = os.environ.get("FLINK_REVIEWS_SCHEMA_REGISTRY", "")
LINE = os.environ.get("FLINK_REVIEWS_SCHEMA_REGISTRY_LINE", DEFAULT_LINE)
HIDDEN = "canary-registry-81c4"
OF_REGISTRY = "'value.format' = 'avro-confluent', 'value.avro-confluent.url' = '${schema_registry_url}'"
USER_INFO = ", 'value.avro-confluent.basic-auth.credentials-source' = 'USER_INFO'"
USER_INFO += ", 'value.avro-confluent.basic-auth.user-info' = 'stack:${secret:registry_password}'"
JARS = """jars:
  - 2.2: org.apache.flink:flink-sql-avro-confluent-registry:2.2.0
    2.1: org.apache.flink:flink-sql-avro-confluent-registry:2.1.0
"""
READINGS = """CREATE TABLE readings (sensor STRING, degrees DECIMAL(5, 2), taken_at TIMESTAMP(3){more}) WITH (
    'connector' = 'kafka', 'topic' = '{run}readings', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',
    'properties.group.id' = '${{job_name}}/readings', 'scan.startup.mode' = 'earliest-offset', {registry}
)"""
NEWEST = """CREATE TABLE newest (
    sensor STRING, degrees DECIMAL(5, 2), taken_at TIMESTAMP(3){more}, PRIMARY KEY (sensor) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka', 'topic' = '{run}newest', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}',
    'key.format' = 'raw', {registry}
)"""
JOB = """-- allow_state_reset: true
INSERT INTO newest SELECT sensor, MAX(degrees), MAX(taken_at){more} FROM readings GROUP BY sensor"""


class Sensors:
    """A stack and its bundle, with what was said."""

    def __init__(self, copy: ProjectCopy, registry: str, hidden: str) -> None:
        self.copy, self.registry, self.hidden = copy, registry, hidden
        # A real registry keeps the subjects of earlier runs.
        self.run_id = f"r{uuid.uuid4().hex[:6]}_" if REAL else ""
        self.folder = copy.folder.parent / "sensors"
        self.said: list[str] = []

    def write(self, *, column: str = "", selected: str = "") -> None:
        """Write the bundle with a column more, or as it was first."""
        self.folder.mkdir(exist_ok=True)
        registry = OF_REGISTRY + (USER_INFO if self.hidden else "")
        more = f", {column}" if column else ""
        (self.folder / "bundle.yaml").write_text(JARS, encoding="utf-8")
        shutil.copy(REPOSITORY / "sql" / "orders" / "jars.lock", self.folder)
        files = {
            "readings": READINGS.format(more=more.replace(" NOT NULL", ""), run=self.run_id, registry=registry),
            "newest": NEWEST.format(more=more, run=self.run_id, registry=registry),
            "keep_newest": JOB.format(more=selected),
        }
        for name, text in files.items():
            (self.folder / f"{name}.sql").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Finished:
        """Run a command of the console and keep what it says."""
        finished = self.copy.run(*arguments)
        self.said.append(finished.said)
        return finished

    def feed(self, *rows: str) -> None:
        """Feed rows, lines of JSON."""
        file = self.folder.parent / "rows.jsonl"
        file.write_text("\n".join(rows), encoding="utf-8")
        finished = self.run("feed", "readings", str(file))
        assert finished.code == 0, finished.said

    def newest(self, count: int) -> list[dict[str, object]]:
        """Return the rows that the job wrote, as many as are waited for."""
        finished = self.run("tail", "newest", "--from", "beginning", "--follow", "--limit", str(count), "--json")
        assert finished.code == 0, finished.said
        return [json.loads(line)["value"] for line in finished.output.splitlines()]


@pytest.fixture
def sensors(tmp_path: Path) -> Iterator[Sensors]:
    folder = tmp_path / "project"
    folder.mkdir()
    with nullcontext() if REAL else schema_registry(f"stack:{HIDDEN}") as made:
        registry = made.url if made else REAL
        values = {"bundle": str(tmp_path / "sensors"), "schemaRegistry__url": registry}
        with project_copy(folder, flink__line=LINE, topics__partitions=1, data__classArchives=False, **values) as copy:
            found = Sensors(copy, registry, "" if REAL else HIDDEN)
            if found.hidden:
                set_secret(copy, "secret.registry_password", found.hidden)
            yield found


def test_records_of_a_registry_from_end_to_end(sensors: Sensors) -> None:
    sensors.write()
    up = sensors.run("up")
    assert up.code == 0, up.said
    sensors.feed('{"sensor": "a", "degrees": 20.5, "taken_at": "2026-01-01 10:00:00.250"}')
    assert sensors.newest(1) == [{"sensor": "a", "degrees": "20.50", "taken_at": "2026-01-01 10:00:00.250000+00:00"}]

    # A column more goes with the records of before, on both sides.
    sensors.write(column="note STRING", selected=", MAX(note)")
    up = sensors.run("up")
    assert up.code == 0, up.said
    sensors.feed('{"sensor": "a", "degrees": 21.25, "taken_at": "2026-01-01 10:00:01.000", "note": "warm"}')
    # Begun without state, the job reads the first record again.
    assert sensors.newest(3)[-1] == {"sensor": "a", "degrees": "21.25", "taken_at": "2026-01-01 10:00:01+00:00", "note": "warm"}

    # A column that old records lack is refused before anything is changed.
    sensors.write(column="level INT NOT NULL", selected=", CAST(COUNT(*) AS INT)")
    preview = sensors.run("preview")
    assert preview.code != 0
    assert "newest.sql:5:" in preview.said
    assert f"the schema registry refuses the schema of newest for subject {sensors.run_id}newest-value" in preview.said
    sensors.write(column="note STRING", selected=", MAX(note)")
    status = sensors.run("status")
    assert "healthy" in status.output, status.said

    no_password_is_written(sensors)


def no_password_is_written(sensors: Sensors) -> None:
    places = [sensors.copy.state, sensors.copy.data / "logs", sensors.copy.data / "run"]
    files = [file for place in places for file in place.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if HIDDEN.encode() in file.read_bytes()]
    assert not [text for text in sensors.said if HIDDEN in text]
