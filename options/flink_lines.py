"""The Flink lines and every Maven coordinate that each of them needs: the one table of versions.

Which versions exist and work together was measured: `flink-sql-gateway` and `flink-connector-files` have no 2.1.2 in every repository,
`flink-model-openai` and `flink-s3-fs-hadoop` no 2.1.2 or 2.2.1. A gateway of a neighbouring patch version works, as that file system does,
and any broker from 3.9 to 4.4 serves all
connectors. No connector for Kafka is built for 2.3; that for 2.2 runs there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from options.errors import OptionError

KAFKA_BROKER_VERSION = "4.3.1"
LOG4J_VERSION = "2.24.3"
LOG4J_1 = f"org.apache.logging.log4j:log4j-1.2-api:{LOG4J_VERSION}"
"""In the distribution for Hadoop, which catalogs such as Paimon need: without it no process starts with Hadoop on its classpath."""

_REPORTER = "org.apache.flink:flink-metrics-prometheus:2.2.1"
"""For all lines: no repository has one of 2.1, and this one runs there and on 2.3 too (measured with 2.1.2 and 2.3.0)."""

BROKER = "broker"
"""Name of the jar set of the Kafka broker, the same for all Flink lines."""

DEFAULT_LINE = "2.2"
"""The newest line that runs on every platform: no Kubernetes operator knows a newer one yet."""


@dataclass(frozen=True, kw_only=True)
class FlinkLine:
    """One Flink line. `connector` and `model` are Maven coordinates whose jars go to Flink's `lib` as they are, without dependencies."""

    name: str
    flink: str
    gateway: str
    connector: tuple[str, ...]
    model: str
    files: str
    """The coordinate of the connector that tests of SQL read and write rows with; nothing else has it."""
    distribution: tuple[str, ...]
    """What the official distribution has in `lib` besides the modules, so the Flink image needs none of it. Taken without dependencies."""
    reporter: str
    """The coordinate of Flink's reporter for Prometheus, for `metrics.enabled`. It holds what it needs."""
    object_store: str
    """The coordinate of Flink's file system for S3, for state on an object store. A plugin: it holds what it needs."""
    operator_version: str
    """Value of `flinkVersion` in the Kubernetes operator's FlinkDeployment. An operator whose definitions do not list it cannot run it."""

    @property
    def cluster_set(self) -> str:
        """Name of the jar set of JobManager and TaskManager."""
        return f"flink-{self.name}"

    @property
    def gateway_set(self) -> str:
        """Name of the jar set that the SQL Gateway has on top of the cluster's."""
        return f"gateway-{self.name}"

    @property
    def distribution_set(self) -> str:
        """Name of the jar set that makes the embedded Flink as complete as the official distribution."""
        return f"distribution-{self.name}"

    @property
    def extension_set(self) -> str:
        """Name of the jar set of the Kafka connector and the model provider."""
        return f"extensions-{self.name}"

    @property
    def metrics_set(self) -> str:
        """Name of the jar set that JobManager and TaskManager have on top of the others with `metrics.enabled`."""
        return f"metrics-{self.name}"

    @property
    def object_store_set(self) -> str:
        """Name of the jar set of the plugin that an image has for state on an object store."""
        return f"object-store-{self.name}"

    @property
    def testing_set(self) -> str:
        """Name of the jar set that a Flink for tests of SQL has on top of the others."""
        return f"testing-{self.name}"


FLINK_LINES: Mapping[str, FlinkLine] = {
    line.name: line
    for line in (
        FlinkLine(
            name="2.3",
            flink="2.3.0",
            gateway="2.3.0",
            connector=("org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",),
            model="org.apache.flink:flink-model-openai:2.3.0",
            files="org.apache.flink:flink-connector-files:2.3.0",
            distribution=("org.apache.flink:flink-csv:2.3.0", "org.apache.flink:flink-connector-files:2.3.0"),
            reporter=_REPORTER,
            object_store="org.apache.flink:flink-s3-fs-hadoop:2.3.0",
            operator_version="v2_3",
        ),
        FlinkLine(
            name="2.2",
            flink="2.2.1",
            gateway="2.2.1",
            connector=("org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",),
            model="org.apache.flink:flink-model-openai:2.2.0",
            files="org.apache.flink:flink-connector-files:2.2.1",
            distribution=("org.apache.flink:flink-csv:2.2.0", "org.apache.flink:flink-connector-files:2.2.1"),
            reporter=_REPORTER,
            object_store="org.apache.flink:flink-s3-fs-hadoop:2.2.0",
            operator_version="v2_2",
        ),
        FlinkLine(
            name="2.1",
            flink="2.1.2",
            gateway="2.1.3",
            connector=("org.apache.flink:flink-connector-kafka:4.0.1-2.0", "org.apache.kafka:kafka-clients:3.9.0"),
            model="org.apache.flink:flink-model-openai:2.1.0",
            files="org.apache.flink:flink-connector-files:2.1.3",
            distribution=("org.apache.flink:flink-csv:2.1.1", "org.apache.flink:flink-connector-files:2.1.3"),
            reporter=_REPORTER,
            object_store="org.apache.flink:flink-s3-fs-hadoop:2.1.1",
            operator_version="v2_1",
        ),
    )
}


OPERATOR_LINES = tuple(FLINK_LINES)[tuple(FLINK_LINES).index(DEFAULT_LINE) :]
"""The lines that the pinned Kubernetes operator knows, newest first."""


def flink_line(name: str) -> FlinkLine:
    """Find the line of that name. Raises OptionError if there is none."""
    line = FLINK_LINES.get(name)
    if line is None:
        raise OptionError(f"flink.line is {name!r}: it is one of {', '.join(sorted(FLINK_LINES))}")
    return line


@dataclass(frozen=True, kw_only=True)
class JarSet:
    """Maven coordinates to resolve together. Without `transitive` the jars are taken alone (they hold what they need)."""

    name: str
    coordinates: tuple[str, ...]
    transitive: bool


def _log4j() -> tuple[str, ...]:
    return tuple(f"org.apache.logging.log4j:{artifact}:{LOG4J_VERSION}" for artifact in ("log4j-slf4j-impl", "log4j-core", "log4j-api"))


def _cluster(line: FlinkLine) -> tuple[str, ...]:
    modules = (
        "flink-clients",
        "flink-runtime",
        "flink-runtime-web",
        "flink-table-planner_2.12",
        "flink-table-runtime",
        "flink-json",
        "flink-connector-base",
    )
    return tuple(f"org.apache.flink:{module}:{line.flink}" for module in modules) + _log4j()


def jar_sets() -> tuple[JarSet, ...]:
    """Return every set of the lock file: the broker's, and those of each line.

    The broker needs `kafka_2.13` only: the storage formatter is in it, and `kafka-tools` would bring 46 jars of Kafka Connect along.
    """
    sets = [JarSet(name=BROKER, coordinates=(f"org.apache.kafka:kafka_2.13:{KAFKA_BROKER_VERSION}", *_log4j()), transitive=True)]
    for line in FLINK_LINES.values():
        sets.append(JarSet(name=line.cluster_set, coordinates=_cluster(line), transitive=True))
        sets.append(JarSet(name=line.distribution_set, coordinates=(*line.distribution, LOG4J_1), transitive=False))
        sets.append(JarSet(name=line.gateway_set, coordinates=(f"org.apache.flink:flink-sql-gateway:{line.gateway}",), transitive=False))
        sets.append(JarSet(name=line.extension_set, coordinates=(*line.connector, line.model), transitive=False))
        sets.append(JarSet(name=line.metrics_set, coordinates=(line.reporter,), transitive=False))
        sets.append(JarSet(name=line.object_store_set, coordinates=(line.object_store,), transitive=False))
        sets.append(JarSet(name=line.testing_set, coordinates=(line.files,), transitive=False))
    return tuple(sets)
