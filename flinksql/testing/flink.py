"""The Flink that tests run on, and what is kept for all tests of a run."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.gateway.client import GatewayLimits
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.testing.tables import Column, Table

SETTINGS: Mapping[str, str] = {
    # Streaming, in the order of the rows, with a watermark after each of them: a row is late or not, whatever the machine does.
    "execution.runtime-mode": "STREAMING",
    "parallelism.default": "1",
    "pipeline.auto-watermark-interval": "0 ms",
    "table.dml-sync": "true",
    "restart-strategy.type": "none",
    # Flink parses each generated class again, to split methods of over 4,000 characters: a third of the SQL Gateway's processor time.
    # Java's limit is 64 kB of byte code for a method, which 30,000 characters do not reach.
    "table.generated-code.max-length": "30000",
    # A job of a second has no use for one, and a sink would wait for the next.
    "execution.checkpointing.interval": "1 h",
    "execution.checkpointing.checkpoints-after-tasks-finish": "false",
}
"""What every job of a test runs with, over what its file says."""
JARS = "jars"
"""Below the folder that Flink's processes and the tests share."""


@dataclass(frozen=True, kw_only=True)
class TestFlink:
    """A Flink with a SQL Gateway. `folder` is one that Flink's processes and this one read and write under the same path."""

    __test__ = False

    gateway: Endpoint
    jobmanager: Endpoint
    folder: Path

    @property
    def jars(self) -> Path:
        """Where the jars of functions lie, by their content."""
        return self.folder / JARS

    def client(self, seconds: float) -> GatewayClient:
        """Return a client that waits so long for a statement."""
        return GatewayClient(self.gateway, limits=GatewayLimits(statement_seconds=seconds, longest_poll_seconds=0.1))

    def job_manager(self) -> JobManagerClient:
        """Return a client of the JobManager."""
        return JobManagerClient(self.jobmanager)


@dataclass(kw_only=True)
class Schemas:
    """Tables as Flink describes them, kept by their definitions: in memory, and in a folder for the next run."""

    folder: Path
    _known: dict[str, dict[str, Table]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, definitions: list[str], ask: Callable[[], dict[str, Table]]) -> dict[str, Table]:
        """Return the tables of these definitions; `ask` asks Flink."""
        key = hashlib.sha256("\0".join(definitions).encode()).hexdigest()
        with self._lock:
            if key not in self._known:
                self._known[key] = self._kept(key) or self._asked(key, ask)
            return self._known[key]

    def _kept(self, key: str) -> dict[str, Table]:
        try:
            read = json.loads((self.folder / f"{key}.json").read_text())
            return {name: _table(one) for name, one in read.items()}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def _asked(self, key: str, ask: Callable[[], dict[str, Table]]) -> dict[str, Table]:
        found = ask()
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{key}.part"
        part.write_text(json.dumps({name: asdict(one) for name, one in found.items()}))
        part.replace(self.folder / f"{key}.json")
        return found


def _table(read: dict[str, object]) -> Table:
    columns, key = read["columns"], read["key"]
    if not isinstance(columns, list) or not isinstance(key, list):
        raise TypeError("no table")
    return Table(name=str(read["name"]), columns=tuple(Column(**one) for one in columns), key=tuple(key))
