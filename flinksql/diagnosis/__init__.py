"""Why a statement writes nothing: from what Flink and Kafka report of it to findings in the words of its SQL."""

from flinksql.diagnosis.collect import Broker, collect_job, metrics_of, with_topics
from flinksql.diagnosis.diagnose import diagnose
from flinksql.diagnosis.finding import Diagnosis, Finding, Kind, Verdict
from flinksql.diagnosis.snapshot import Partition, Snapshot, Topic

__all__ = [
    "Broker",
    "Diagnosis",
    "Finding",
    "Kind",
    "Partition",
    "Snapshot",
    "Topic",
    "Verdict",
    "collect_job",
    "diagnose",
    "metrics_of",
    "with_topics",
]
