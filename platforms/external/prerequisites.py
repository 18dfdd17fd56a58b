"""What a Flink and a Kafka that somebody else runs must provide, and what is said where they do not."""

from collections.abc import Iterator

from components.access import Access
from flinksql.errors import FlinkSqlError
from flinksql.flink.release_lines import release_line
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import TopicError
from options.flink_lines import FLINK_LINES
from platforms.external.cluster_facts import ClusterFacts, ask
from platforms.finding import Finding
from settings import Settings

_FLINK, _KAFKA = "Flink", "Kafka"


def unmet(settings: Settings, access: Access) -> list[Finding]:
    """Return what stands in the way of `up`, each with what to do."""
    return [one for one in examine(settings, access) if one.stops_up]


def examine(settings: Settings, access: Access) -> Iterator[Finding]:
    """Yield what is right and what is not. Never raises for servers that do not answer."""
    try:
        facts = ask(access)
    except FlinkSqlError as error:
        yield _bad(_FLINK, *_split(str(error)))
    else:
        yield from _versions(settings, facts)
        yield from _state(facts)
    yield _broker(access)


def _versions(settings: Settings, facts: ClusterFacts) -> Iterator[Finding]:
    cluster, gateway = release_line(facts.overview.flink_version), release_line(facts.gateway_version)
    wanted, url = settings.flink.line, settings.external.job_manager_url
    if gateway != cluster:
        what = f"the SQL Gateway is of Flink {facts.gateway_version} and the JobManager at {url} of {facts.overview.flink_version}"
        yield _bad(_FLINK, what, "ask for a SQL Gateway of the cluster's own release: the jobs that another one plans may not run")
    elif cluster not in FLINK_LINES:
        what = f"the Flink at {url} is {facts.overview.flink_version}, and this program knows {' and '.join(FLINK_LINES)}"
        yield _bad(_FLINK, what, f"ask for a Flink {' or '.join(FLINK_LINES)}: what a change does to state is known for these only")
    elif cluster != wanted:
        what = f"the Flink at {url} is {facts.overview.flink_version}, and flink.line is {wanted}"
        yield _bad(_FLINK, what, f"pulumi config set flink.line {cluster}")
    else:
        yield Finding(subject=_FLINK, ok=True, what=f"{facts.overview.flink_version} at {url}, SQL Gateway {facts.gateway_version}")


def _state(facts: ClusterFacts) -> Iterator[Finding]:
    missing = [
        key
        for key, value in (
            ("execution.checkpointing.dir", facts.checkpoints),
            ("execution.checkpointing.savepoint-dir", facts.savepoints),
        )
        if not value
    ]
    if missing:
        what = f"the Flink has no {' and no '.join(missing)}: a job that is changed or fails would lose its state"
        yield _bad(
            _FLINK, what, "ask who runs it to set them in Flink's configuration, to a storage that JobManager and TaskManagers share"
        )
    else:
        yield Finding(subject=_FLINK, ok=True, what=f"checkpoints go to {facts.checkpoints}, savepoints to {facts.savepoints}")


def _broker(access: Access) -> Finding:
    bootstrap = access.kafka_bootstrap
    try:
        TopicAdmin(bootstrap, access.kafka_options).reach()
    except TopicError as error:
        return _bad(_KAFKA, str(error), "check `external.kafkaBootstrap`, `external.kafkaOptions` and `external.kafkaPassword`")
    return Finding(subject=_KAFKA, ok=True, what=f"the broker at {bootstrap} answers")


def _bad(subject: str, what: str, fix: str) -> Finding:
    return Finding(subject=subject, ok=False, what=what, fix=fix)


def _split(error: str) -> tuple[str, str]:
    """Divide a message into what failed and what to do."""
    what, _, fix = error.partition(". ")
    return what.rstrip("."), fix or "ask who runs that Flink"
