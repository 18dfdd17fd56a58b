"""The figures of a job's operators, from metrics of its vertices: chained operators have theirs in the same list.

`Calc[3].numRecordsOut` is of an operator, `busyTimeMsPerSecond` of the vertex. A source also has figures of each partition:
`Source__orders[1].split.orders-0.watermark.currentWatermark` and `....topic.orders.partition.0.currentOffset`. So it is on Flink 2.1 and
2.2; from 2.3 on they begin with `Source__KafkaSource-`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.diagnosis.job_graph import Operator, metric_prefix
from flinksql.flink.jobmanager.wire import MetricRange

NONE = -(2**63)
"""What Flink says of a watermark before there is one."""
_NAMES = (
    ".numRecordsIn",
    ".numRecordsOut",
    ".numLateRecordsDropped",
    ".currentInputWatermark",
    ".currentOutputWatermark",
    ".numRecordsInErrors",
    ".sourceIdleTime",
    ".pendingRecords",
    ".currentOffset",
    ".committedOffset",
    ".currentWatermark",
)
_OF_VERTEX = frozenset({"backPressuredTimeMsPerSecond", "busyTimeMsPerSecond", "idleTimeMsPerSecond"})
_SPLIT = re.compile(r"split\.(?P<split>.+-\d+)\.watermark\.currentWatermark")
_OFFSET = re.compile(r"KafkaSourceReader\.topic\.(?P<topic>.+)\.partition\.(?P<partition>\d+)\.(?P<which>current|committed)Offset")
_LONGEST_NAME = 80
"""Flink cuts an operator's name in metrics after so many characters."""


def is_wanted(name: str) -> bool:
    """Tell whether a diagnosis uses a metric."""
    return name in _OF_VERTEX or (name.endswith(_NAMES) and ".KafkaConsumer." not in name and ".KafkaProducer." not in name)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """The figures of an operator. None where Flink does not report them. Watermarks are ms since 1970, `NONE` before there is one.

    `watermarks` are those of a source's partitions, `read` the offset after the last record read, both by `topic-partition`.
    """

    records_in: int | None = None
    records_out: int | None = None
    late: int = 0
    input_watermark: int | None = None
    output_watermark: int | None = None
    highest_watermark: int | None = None
    idle_milliseconds: int | None = None
    waiting: int | None = None
    watermarks: Mapping[str, int] = field(default_factory=dict)
    read: Mapping[str, int] = field(default_factory=dict)


def counters_of(operator: Operator, metrics: Mapping[str, MetricRange]) -> Counters:
    """Return the figures of an operator among the metrics of its vertex."""
    prefix = metric_prefix(operator, _LONGEST_NAME) + "."
    own = {name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)}
    watermarks: dict[str, int] = {}
    read: dict[str, int] = {}
    for name, value in own.items():
        if match := _SPLIT.fullmatch(name):
            watermarks[match["split"]] = int(value.max)
        elif (match := _OFFSET.fullmatch(name)) and match["which"] == "current" and value.max >= 0:
            read[f"{match['topic']}-{match['partition']}"] = int(value.max) + 1
    output = own.get("currentOutputWatermark")
    return Counters(
        records_in=_sum(own, "numRecordsIn"),
        records_out=_sum(own, "numRecordsOut"),
        late=_sum(own, "numLateRecordsDropped") or 0,
        input_watermark=_least(own.get("currentInputWatermark")),
        output_watermark=_least(output),
        highest_watermark=int(output.max) if output else None,
        idle_milliseconds=_least(own.get("sourceIdleTime")),
        waiting=_sum(own, "pendingRecords"),
        watermarks=watermarks,
        read=read,
    )


def _sum(own: Mapping[str, MetricRange], name: str) -> int | None:
    return int(own[name].sum) if name in own else None


def _least(value: MetricRange | None) -> int | None:
    return None if value is None else int(value.min)
