"""The Kafka broker: one KRaft node that is broker and controller, on loopback, with its data in the data folder."""

import base64
import re
import uuid
from pathlib import Path

from embedded import jvm
from embedded.settings import EmbeddedSettings
from embedded.specification import JavaProgram, Port, ServiceName, Specification
from options.flink_lines import BROKER
from options.infrastructure import LOOPBACK, PORT_KEYS

_HEAP_MEGABYTES = 128
_LOG_OVERHEAD = 12
"""Overhead of Kafka in bytes: its default is 1048588, that of a producer 1048576."""

_SIZES = {
    # One node holds one replica of everything.
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # With the default of 50 the first consumer group waits until that many partitions are created.
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.num.partitions": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    # The default buffer of the log cleaner is as large as our heap.
    "log.cleaner.dedupe.buffer.size": 2 * 1024 * 1024,
    "log.cleaner.io.buffer.size": 128 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.segment.bytes": 64 * 1024 * 1024,
}
_PARTITION = re.compile(r"(?P<topic>[a-zA-Z0-9._-]+)-[0-9]+")
"""The folder of a partition; one that is being deleted ends in `-delete`."""


def cluster_id(data_folder: Path) -> str:
    """Derive the cluster's id from the folder: 16 bytes in URL-safe base64 without padding, as Kafka writes them.

    It never starts with a dash, which the formatter takes for an option. Kafka's own random ids avoid it for the same reason.
    """
    encoded = base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_URL, f"kafka:{data_folder}").bytes).decode().rstrip("=")
    return f"A{encoded[1:]}" if encoded.startswith("-") else encoded


def server_properties(settings: EmbeddedSettings) -> str:
    """Render the broker's configuration. It creates no topics automatically: they are resources."""
    ports = settings.ports
    values: dict[str, str | int] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports.kafka_controller}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{ports.kafka},CONTROLLER://{LOOPBACK}:{ports.kafka_controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{ports.kafka}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(settings.folder.kafka),
        "auto.create.topics.enable": "false",
        # A producer's limit does not count the header that the log adds to a record.
        "message.max.bytes": settings.kafka.max_record_bytes + _LOG_OVERHEAD,
        "replica.fetch.max.bytes": settings.kafka.max_record_bytes + _LOG_OVERHEAD,
        **_SIZES,
    }
    return "".join(f"{key}={_escaped(str(value))}\n" for key, value in values.items())


def specification(settings: EmbeddedSettings) -> Specification:
    """Describe the broker's process."""
    folder, service = settings.folder, ServiceName.KAFKA
    return Specification(
        service=service,
        program=_program(settings, "kafka.Kafka", str(_properties_file(settings))),
        environment=jvm.ENVIRONMENT,
        files={_properties_file(settings): server_properties(settings), **jvm.log4j_file(folder, service)},
        ports=(
            Port(number=settings.ports.kafka, key=PORT_KEYS["kafka"]),
            Port(number=settings.ports.kafka_controller, key=PORT_KEYS["kafka_controller"]),
        ),
        ready_when=f"Kafka answers on {LOOPBACK}:{settings.ports.kafka}",
    )


def is_formatted(settings: EmbeddedSettings) -> bool:
    """Return whether the storage is formatted: the formatter writes this file last."""
    return (settings.folder.kafka / "meta.properties").is_file()


def format_program(settings: EmbeddedSettings) -> JavaProgram:
    """Describe the formatter, which must run once before the first start. Formatting again changes nothing."""
    arguments = ("format", "--ignore-formatted", "--cluster-id", cluster_id(settings.data_folder))
    return _program(settings, "kafka.tools.StorageTool", *arguments, "--config", str(_properties_file(settings)))


def _program(settings: EmbeddedSettings, main: str, *arguments: str) -> JavaProgram:
    return JavaProgram(
        options=jvm.options(settings.folder, ServiceName.KAFKA, heap_megabytes=_HEAP_MEGABYTES),
        classpath=jvm.classpath(settings.folder, BROKER),
        main=main,
        arguments=arguments,
    )


def _properties_file(settings: EmbeddedSettings) -> Path:
    return settings.folder.configuration(ServiceName.KAFKA) / "server.properties"


def _escaped(value: str) -> str:
    """Escape a value for a Java properties file, which is read as Latin-1: every other character becomes its UTF-16 units."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[index : index + 2], "big") for index in range(0, len(units), 2)]
    return "".join(chr(code) if code in range(0x20, 0x7F) else f"\\u{code:04x}" for code in codes)


def topics_in(folder: Path) -> frozenset[str]:
    """Return the topics with partitions in the broker's folder, except internal topics and those being deleted."""
    names = (place.name for place in folder.glob("*-*") if place.is_dir())
    found = {match["topic"] for name in names if (match := _PARTITION.fullmatch(name))}
    return frozenset(one for one in found if not one.startswith("__"))
