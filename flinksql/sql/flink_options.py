"""The Flink options that a header can set for its job: those of both supported lines that count for one submission.

Flink takes an option that it does not know without a word, so the names stand here. A test compares them with the jars.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

DURATION = "a duration such as `1 h`, `30 s` or `500 ms`"
YES_OR_NO = "true or false"
WHOLE_NUMBER = "a whole number"
NUMBER = "a number"
SIZE = "a size such as `64 mb`"
TEXT = "text"

_FORMS: Mapping[str, re.Pattern[str]] = {
    DURATION: re.compile(
        r"\d+\s*(?:d|days?|h|hours?|m|min|minutes?|s|sec|secs|seconds?|ms|millis?|milliseconds?|us|ns)?|PT?[\dDHMS.]+", re.IGNORECASE
    ),
    YES_OR_NO: re.compile(r"true|false", re.IGNORECASE),
    WHOLE_NUMBER: re.compile(r"-?\d+"),
    NUMBER: re.compile(r"-?\d+(?:\.\d+)?"),
    SIZE: re.compile(r"\d+\s*(?:b|bytes|k|kb|m|mb|g|gb|t|tb|[kmgt]ibibytes)?", re.IGNORECASE),
    TEXT: re.compile(r".+"),
}

OPTIONS: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
    {
        "pipeline.auto-watermark-interval": DURATION,
        "pipeline.max-parallelism": WHOLE_NUMBER,
        "pipeline.object-reuse": YES_OR_NO,
        "pipeline.operator-chaining.chain-operators-with-different-max-parallelism": YES_OR_NO,
        "pipeline.operator-chaining.enabled": YES_OR_NO,
        "pipeline.watermark-alignment.allow-unaligned-source-splits": YES_OR_NO,
        "table.column-expansion-strategy": ("EXCLUDE_ALIASED_VIRTUAL_METADATA_COLUMNS", "EXCLUDE_DEFAULT_VIRTUAL_METADATA_COLUMNS"),
        "table.exec.async-lookup.buffer-capacity": WHOLE_NUMBER,
        "table.exec.async-lookup.key-ordered-enabled": YES_OR_NO,
        "table.exec.async-lookup.output-mode": ("ORDERED", "ALLOW_UNORDERED"),
        "table.exec.async-lookup.timeout": DURATION,
        "table.exec.async-ml-predict.max-concurrent-operations": WHOLE_NUMBER,
        "table.exec.async-ml-predict.output-mode": ("ORDERED", "ALLOW_UNORDERED"),
        "table.exec.async-ml-predict.timeout": DURATION,
        "table.exec.async-scalar.max-attempts": WHOLE_NUMBER,
        "table.exec.async-scalar.retry-delay": DURATION,
        "table.exec.async-scalar.retry-strategy": ("NO_RETRY", "FIXED_DELAY"),
        "table.exec.async-scalar.timeout": DURATION,
        "table.exec.async-state.enabled": YES_OR_NO,
        "table.exec.deduplicate.insert-update-after-sensitive-enabled": YES_OR_NO,
        "table.exec.deduplicate.mini-batch.compact-changes-enabled": YES_OR_NO,
        "table.exec.disabled-operators": TEXT,
        "table.exec.interval-join.min-cleanup-interval": DURATION,
        "table.exec.legacy-cast-behaviour": ("ENABLED", "DISABLED"),
        "table.exec.local-hash-agg.adaptive.distinct-value-rate-threshold": NUMBER,
        "table.exec.local-hash-agg.adaptive.enabled": YES_OR_NO,
        "table.exec.local-hash-agg.adaptive.sampling-threshold": WHOLE_NUMBER,
        "table.exec.mini-batch.allow-latency": DURATION,
        "table.exec.mini-batch.enabled": YES_OR_NO,
        "table.exec.mini-batch.size": WHOLE_NUMBER,
        "table.exec.operator-fusion-codegen.enabled": YES_OR_NO,
        "table.exec.rank.topn-cache-size": WHOLE_NUMBER,
        "table.exec.resource.external-buffer-memory": SIZE,
        "table.exec.resource.hash-agg.memory": SIZE,
        "table.exec.resource.hash-join.memory": SIZE,
        "table.exec.resource.sort.memory": SIZE,
        "table.exec.simplify-operator-name-enabled": YES_OR_NO,
        "table.exec.sink.keyed-shuffle": ("NONE", "AUTO", "FORCE"),
        "table.exec.sink.nested-constraint-enforcer": ("IGNORE", "ROWS", "ROWS_AND_COLLECTIONS"),
        "table.exec.sink.not-null-enforcer": ("ERROR", "DROP"),
        "table.exec.sink.rowtime-inserter": ("ENABLED", "DISABLED"),
        "table.exec.sink.type-length-enforcer": ("IGNORE", "TRIM_PAD", "ERROR"),
        "table.exec.sink.upsert-materialize": ("NONE", "AUTO", "FORCE"),
        "table.exec.sort.async-merge-enabled": YES_OR_NO,
        "table.exec.sort.default-limit": WHOLE_NUMBER,
        "table.exec.sort.max-num-file-handles": WHOLE_NUMBER,
        "table.exec.source.cdc-events-duplicate": YES_OR_NO,
        "table.exec.source.idle-timeout": DURATION,
        "table.exec.spill-compression.block-size": SIZE,
        "table.exec.spill-compression.enabled": YES_OR_NO,
        "table.exec.state.ttl": DURATION,
        "table.exec.uid.format": TEXT,
        "table.exec.uid.generation": ("PLAN_ONLY", "ALWAYS", "DISABLED"),
        "table.exec.unbounded-over.version": WHOLE_NUMBER,
        "table.exec.window-agg.buffer-size-limit": WHOLE_NUMBER,
        "table.generated-code.max-length": WHOLE_NUMBER,
        "table.generated-code.max-members": WHOLE_NUMBER,
        "table.local-time-zone": TEXT,
        "table.optimizer.adaptive-broadcast-join.strategy": ("auto", "runtime_only", "none"),
        "table.optimizer.agg-phase-strategy": ("AUTO", "ONE_PHASE", "TWO_PHASE"),
        "table.optimizer.bushy-join-reorder-threshold": WHOLE_NUMBER,
        "table.optimizer.delta-join.strategy": ("AUTO", "FORCE", "NONE"),
        "table.optimizer.distinct-agg.split.bucket-num": WHOLE_NUMBER,
        "table.optimizer.distinct-agg.split.enabled": YES_OR_NO,
        "table.optimizer.dynamic-filtering.enabled": YES_OR_NO,
        "table.optimizer.incremental-agg-enabled": YES_OR_NO,
        "table.optimizer.join-reorder-enabled": YES_OR_NO,
        "table.optimizer.join.broadcast-threshold": WHOLE_NUMBER,
        "table.optimizer.multi-join.enabled": YES_OR_NO,
        "table.optimizer.multiple-input-enabled": YES_OR_NO,
        "table.optimizer.non-deterministic-update.strategy": ("TRY_RESOLVE", "IGNORE"),
        "table.optimizer.ptf.max-tables": WHOLE_NUMBER,
        "table.optimizer.reuse-optimize-block-with-digest-enabled": YES_OR_NO,
        "table.optimizer.reuse-sink-enabled": YES_OR_NO,
        "table.optimizer.reuse-source-enabled": YES_OR_NO,
        "table.optimizer.reuse-sub-plan-enabled": YES_OR_NO,
        "table.optimizer.runtime-filter.enabled": YES_OR_NO,
        "table.optimizer.runtime-filter.max-build-data-size": SIZE,
        "table.optimizer.runtime-filter.min-filter-ratio": NUMBER,
        "table.optimizer.runtime-filter.min-probe-data-size": SIZE,
        "table.optimizer.skewed-join-optimization.skewed-factor": NUMBER,
        "table.optimizer.skewed-join-optimization.skewed-threshold": SIZE,
        "table.optimizer.skewed-join-optimization.strategy": ("auto", "forced", "none"),
        "table.optimizer.source.report-statistics-enabled": YES_OR_NO,
        "table.optimizer.sql2rel.project-merge.enabled": YES_OR_NO,
        "table.optimizer.union-all-as-breakpoint-enabled": YES_OR_NO,
    }
)
"""Key to the form of its value, or to the values that it can have."""

_PLATFORM = "belongs to the platform, which sets it for every job"
_OURS = "is how a job is found again, so it is not for files to set"
REFUSED: tuple[tuple[str, str], ...] = (
    ("$internal.", _OURS),
    ("pipeline.name", _OURS),
    ("pipeline.global-job-parameters", _OURS),
    ("pipeline.fixed-job-id", _OURS),
    ("execution.checkpointing.interval", "has an option of its own: write `-- checkpoint_interval_seconds: 30`"),
    ("parallelism.default", "has an option of its own: write `-- parallelism: 2`"),
    ("table.exec.resource.default-parallelism", "has an option of its own: write `-- parallelism: 2`"),
    ("execution.", _PLATFORM),
    ("pipeline.", "is not for one statement: its job is built by the SQL Gateway"),
    ("state.", _PLATFORM),
    ("restart-strategy.", _PLATFORM),
    ("taskmanager.", _PLATFORM),
    ("jobmanager.", _PLATFORM),
    ("high-availability.", _PLATFORM),
    ("rest.", _PLATFORM),
    ("security.", _PLATFORM),
    ("metrics.", _PLATFORM),
    ("sql-gateway.", _PLATFORM),
    ("kubernetes.", _PLATFORM),
    ("table.", "is not known to Flink 2.1 to 2.3 as an option of a job"),
)
"""Beginnings of keys that no header can set, the longest reasons first. A key with none of them is no option of Flink."""


def is_flink_option(key: str) -> bool:
    """Return whether a key reads as one of Flink's, known or not."""
    return key in OPTIONS or any(key.startswith(beginning) for beginning, _ in REFUSED)


def checked_option(key: str, value: str) -> str:
    """Return the value. Raises ValueError with the reason why a header cannot set the key, or not to this value."""
    if key not in OPTIONS:
        near = get_close_matches(key, OPTIONS, n=1, cutoff=0.85)
        guess = f". Did you mean {near[0]}?" if near else ""
        raise ValueError(f"it {next(reason for beginning, reason in REFUSED if key.startswith(beginning))}{guess}")
    form = OPTIONS[key]
    fits = value.upper() in {one.upper() for one in form} if isinstance(form, tuple) else _FORMS[form].fullmatch(value)
    if not fits:
        raise ValueError(f"it must be {' or '.join(form) if isinstance(form, tuple) else form}, and is {value!r}")
    return value
