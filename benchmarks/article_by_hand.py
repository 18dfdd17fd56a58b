"""The article's way as one plain script: start the processes one by one, create three topics, post six statements, wait for two jobs.

Run as a program it prints one line when both jobs run, then waits until its standard input ends and stops everything.
`python -m benchmarks.article_by_hand FOLDER` with the data folder whose `artifacts` hold the jars.
"""

import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.bare_client import JOBS, BareClient, article_statements
from benchmarks.places import PORTS, REPOSITORY
from benchmarks.plain_processes import PlainProcesses
from components.flink_endpoint import GATEWAY, JOB_MANAGER, flink_endpoint
from embedded.java import require_java
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from options.infrastructure import LOOPBACK

RUNNING = "both jobs run"
TOPICS = ("product_reviews", "product_review_context", "product_review_summary")
PARTITIONS = 2
"""As many as `topics.partitions` gives by default, so that both sides make the same topics."""
SERVICES = (
    ServiceName.KAFKA,
    ServiceName.JOB_MANAGER,
    ServiceName.TASK_MANAGER,
    ServiceName.SQL_GATEWAY,
    ServiceName.MODEL_GATEWAY,
)


def bootstrap(settings: EmbeddedSettings) -> str:
    """Return Kafka's address."""
    return f"{LOOPBACK}:{settings.ports.kafka}"


def bare_client(settings: EmbeddedSettings) -> BareClient:
    """Make a client for the SQL Gateway and the JobManager of these settings."""
    return BareClient(
        flink_endpoint(GATEWAY, settings.sql_gateway_url, settings.data_folder),
        flink_endpoint(JOB_MANAGER, settings.job_manager_url, settings.data_folder),
    )


def statements(settings: EmbeddedSettings) -> list[str]:
    """Return the article's six statements for these settings, in its order."""
    model = f"http://{LOOPBACK}:{settings.ports.model_gateway}/v1/chat/completions"
    return article_statements(REPOSITORY / "sql" / "article", bootstrap(settings), model)


def create_topics(kafka_bootstrap: str, names: Iterable[str]) -> None:
    """Create topics and return when the broker has them. Raises KafkaException."""
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap, "log_level": 4})
    for created in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
        created.result()


def main(folder: Path) -> None:
    """Start everything, print a line, and stop everything when standard input ends."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    settings = EmbeddedSettings(data_folder=folder, ports=PORTS)
    with PlainProcesses(settings, require_java(settings.folder)) as processes:
        processes.start(SERVICES)
        create_topics(bootstrap(settings), TOPICS)
        client = bare_client(settings)
        client.submit(statements(settings))
        client.wait(JOBS)
        print(RUNNING, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
