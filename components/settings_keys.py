"""The configuration keys: type, default, what is allowed. Pulumi.yaml repeats them for the command line; a test compares the two."""

from collections.abc import Mapping
from types import MappingProxyType

from components.settings_key import (
    Key,
    Value,
    approvals,
    base_url,
    boolean,
    choice,
    decimal,
    integer,
    memory,
    optional_text,
    share,
    text,
    topic_prefix,
)
from components.settings_keys_kubernetes import KUBERNETES_KEYS
from embedded.model_settings import DEFAULT_NAME, MODEL_KEYS, default_of
from embedded.settings import MUTUAL_TLS, PORT_KEYS, RECORD_BYTES, ModelKind, Ports
from embedded.versions import FLINK_LINES

__all__ = ["API_KEY", "FALLBACK_API_KEY", "HIDDEN_PREFIX", "KEYS", "MODEL_SECRETS", "Key", "Value"]

HIDDEN_PREFIX = "secret."
"""`secret.<NAME>` is the value of `${secret:NAME}` in SQL."""
API_KEY = "model.apiKey"
FALLBACK_API_KEY = "model.fallbackApiKey"
MODEL_SECRETS = (API_KEY, FALLBACK_API_KEY)
"""Keys of model servers."""
TASK_MANAGER_MEMORY = "flink.taskManagerMemory"
LEAST_RECORD_BYTES, MOST_RECORD_BYTES = 65_536, 16_777_216
"""Kafka's own records must fit below; above, a Kafka client's buffer of 32 MiB would hold but one."""
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
"""Ports below the lowest need rights that nothing here should have."""

_DEFAULT_PORTS = Ports()

_MODEL_NUMBERS = {
    "concurrency": (1, 1_000),
    "attempt_seconds": (1, 170),
    "patience_seconds": (1, 170),
    "context_tokens": (0, 10_000_000),
    "max_input_characters": (1, 10_000_000),
    "max_tokens": (0, 1_000_000),
    "requests_per_minute": (0, 1_000_000),
    "tokens_per_day": (0, 999_999_999),
    "ledger_megabytes": (1, 100_000),
    "ledger_days": (1, 3_650),
    "threads": (0, 256),
    "slots": (1, 64),
}
"""Lowest and highest value. Flink's ML_PREDICT restarts the job after 180 s, so patience ends before."""

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
    boolean(MUTUAL_TLS, default=True),
    integer("kafka.maxRecordBytes", RECORD_BYTES, LEAST_RECORD_BYTES, MOST_RECORD_BYTES),
    *(integer(key, getattr(_DEFAULT_PORTS, field), LOWEST_PORT, HIGHEST_PORT) for field, key in PORT_KEYS.items()),
    text("data.folder", ".data"),
    choice("model.kind", "offline", tuple(ModelKind)),
    optional_text("model.name", DEFAULT_NAME),
    optional_text("model.file", "/models/qwen3-4b.gguf"),
    base_url("model.endpoint", "http://127.0.0.1:8000/v1"),
    base_url("model.fallbackEndpoint", "http://127.0.0.1:8001/v1"),
    optional_text("model.fallbackName", "llama3.2"),
    optional_text("model.caFile", "/etc/ssl/private-ca.pem"),
    base_url("model.proxy", "http://proxy.example.com:3128"),
    *(integer(MODEL_KEYS[field], int(default_of(field)), low, high) for field, (low, high) in _MODEL_NUMBERS.items()),
    decimal("model.moneyPerDay", "2.50"),
    decimal("model.inputPrice", "0.15"),
    decimal("model.outputPrice", "0.60"),
    choice("model.budgetPolicy", "reject", ("reject", "wait")),
    share("evaluation.minimum", "0.9"),
    text("evaluation.set", "samples/evaluation.jsonl"),
    integer("topics.partitions", 2, 1, 1_000),
    integer("topics.replication", 1, 1, 100),
    topic_prefix("topics.prefix", "staging."),
    boolean("topics.deleteOnDestroy", default=False),
    boolean("samples.feed", default=False),
    approvals("approve", "c1f2e3d4c5b6"),
    *KUBERNETES_KEYS,
)

KEYS: Mapping[str, Key] = MappingProxyType({key.name: key for key in _KEYS})
"""By name, in the order in which a person would think of them. The secret ones (`model.apiKey`, `secret.<NAME>`) are not here: Pulumi
knows no optional secret in Pulumi.yaml, and their values are nobody's business but the providers'."""
