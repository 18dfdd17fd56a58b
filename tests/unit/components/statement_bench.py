"""The statements' provider over a fake Flink, configured as Pulumi does it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.dynamic import Config, ConfigureRequest

from components.names import PROJECT
from components.providers.cluster import Cluster
from components.providers.definitions import plain_definition
from components.providers.reporting import Once
from components.providers.statement import StatementProvider
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements import HealthPolicy
from platforms.registry import platform_of
from settings import Settings, parse_settings
from tests.fakes.flink import FakeFlink, fake_flink

HEALTH = HealthPolicy(settle_seconds=0.12, deadline_seconds=3, poll_seconds=0.01, bounded_seconds=3)
SOURCE = "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')"
SINK = "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')"


@dataclass(frozen=True, kw_only=True)
class StatementBench:
    """A provider, the Flink it works on, and what it remarked."""

    provider: StatementProvider
    flink: FakeFlink
    settings: Settings
    remarks: list[str] = field(default_factory=list)
    values: Mapping[str, str] = field(default_factory=dict)

    def with_secrets(self, **secrets: str) -> StatementProvider:
        """Return the provider of a later run, whose configuration has these secrets."""
        later = StatementProvider()
        later.configure(configuration({**self.values, **{f"secret.{name}": value for name, value in secrets.items()}}))
        later.at({}).cluster = Cluster(platform_of(self.settings).connect(), health=HEALTH)
        return later

    def alive(self) -> list[str]:
        """Return the ids of the copy job's runs that have not ended."""
        return [job.job_id for job in self.flink.cluster.alive("p/s/copy")]

    def another_run(self) -> None:
        """Forget the last look at all jobs, as a new provider process has."""
        self.provider.at({}).cluster = Cluster(platform_of(self.settings).connect(), health=HEALTH)


def configuration(values: Mapping[str, str]) -> ConfigureRequest:
    """Return what a provider process is handed, keys without the namespace."""
    return ConfigureRequest(config=Config({f"{PROJECT}:{key}": value for key, value in values.items()}, PROJECT))


@contextmanager
def statement_bench(data_folder: Path, secrets: Mapping[str, str] | None = None) -> Iterator[StatementBench]:
    """Run a provider over a fresh fake Flink."""
    with fake_flink() as flink:
        values = {
            "ports.sqlGateway": flink.gateway_server.url.rpartition(":")[2],
            "flink.mutualTls": "false",
            "ports.jobManager": flink.jobmanager_server.url.rpartition(":")[2],
            "data.folder": str(data_folder),
        }
        provider = StatementProvider()
        provider.configure(configuration({**values, **{f"secret.{name}": value for name, value in (secrets or {}).items()}}))
        bench = StatementBench(provider=provider, flink=flink, settings=parse_settings(values), values=values)
        bench.another_run()
        provider.at({}).remark = Once(bench.remarks.append)
        yield bench


def table(text: str = SOURCE, name: str = "source") -> dict[str, Any]:
    """Return the inputs of a catalog object."""
    statement = Statement(name=name, kind=Kind.CATALOG_OBJECT, text=text, file=f"sql/{name}.sql")
    return plain_definition(Definition(statement=statement, job_name=f"p/s/{name}"))


def job(
    text: str = "INSERT INTO sink SELECT a FROM source", kind: Kind = Kind.JOB, source: str = SOURCE, sink: str = SINK
) -> dict[str, Any]:
    """Return the inputs of a job between `source` and `sink`."""
    closure = tuple(
        Statement(name=name, kind=Kind.CATALOG_OBJECT, text=sql, file=f"sql/{name}.sql")
        for name, sql in (("source", source), ("sink", sink))
    )
    statement = Statement(name="copy", kind=kind, text=text, file="sql/copy.sql")
    return plain_definition(Definition(statement=statement, closure=closure, job_name="p/s/copy"))


def deploy(bench: StatementBench, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Create a statement; return its id and state, numbers as Pulumi gives them back."""
    created = bench.provider.create(inputs)
    bench.another_run()
    assert created.outs is not None
    return created.id, {key: float(value) if isinstance(value, int) else value for key, value in created.outs.items()}
