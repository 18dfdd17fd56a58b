"""The configuration keys: type, default, what is allowed. Pulumi.yaml repeats them for the command line; a test compares the two."""

from collections.abc import Mapping
from types import MappingProxyType

from components.settings_key import Key, Value, base_url, boolean, choice, integer, memory, text
from components.settings_keys_kubernetes import KUBERNETES_KEYS
from embedded.lines import FLINK_LINES
from embedded.settings import PORT_KEYS, RECORD_BYTES, ModelKind, Ports

__all__ = ["API_KEY", "HIDDEN_PREFIX", "KEYS", "Key", "Value"]

HIDDEN_PREFIX = "secret."
"""`secret.<NAME>` is the value of `${secret:NAME}` in SQL."""
API_KEY = "model.apiKey"
TASK_MANAGER_MEMORY = "flink.taskManagerMemory"
LEAST_RECORD_BYTES, MOST_RECORD_BYTES = 65_536, 16_777_216
"""Kafka's own records must fit below; above, a Kafka client's buffer of 32 MiB would hold but one."""
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
"""Ports below the lowest need rights that nothing here should have."""

_DEFAULT_PORTS = Ports()

_KEYS = (
    choice("platform", "embedded", ("embedded", "kubernetes")),
    choice("bundle", "reviews", ("reviews", "article")),
    integer("bundle.windowSeconds", 60, 1, 86_400),
    choice("bundle.deliveryGuarantee", "at-least-once", ("at-least-once", "exactly-once")),
    boolean("bundle.heartbeats", default=True),
    choice("flink.line", "2.2", tuple(FLINK_LINES)),
    integer("flink.taskSlots", 8, 1, 256),
    integer("flink.checkpointIntervalSeconds", 10, 1, 3_600),
    integer("flink.parallelism", 1, 1, 256),
    memory(TASK_MANAGER_MEMORY, "", example="2g", optional=True),
    integer("kafka.maxRecordBytes", RECORD_BYTES, LEAST_RECORD_BYTES, MOST_RECORD_BYTES),
    *(integer(key, getattr(_DEFAULT_PORTS, field), LOWEST_PORT, HIGHEST_PORT) for field, key in PORT_KEYS.items()),
    text("data.folder", ".data"),
    choice("model.kind", "offline", tuple(ModelKind)),
    text("model.name", "llama3.1"),
    base_url("model.endpoint", "http://127.0.0.1:8000/v1"),
    integer("topics.partitions", 2, 1, 1_000),
    boolean("topics.deleteOnDestroy", default=False),
    *KUBERNETES_KEYS,
)

KEYS: Mapping[str, Key] = MappingProxyType({key.name: key for key in _KEYS})
"""By name, in the order in which a person would think of them. The secret ones (`model.apiKey`, `secret.<NAME>`) are not here: Pulumi
knows no optional secret in Pulumi.yaml, and their values are nobody's business but the providers'."""
