"""What the page shows, source by source. Each is what `status` asks, through the platform's protocol."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from console.driver.backend import file_backend
from console.health.collect import checks_of, model_of, services_of
from console.health.concealed import without_secrets
from console.health.deployment import observe_deployment
from console.health.groups import observe_groups
from console.health.jobs import observe_jobs
from console.health.report import UNKNOWN, GroupHealth, JobHealth, TopicHealth
from console.health.topics import observe_topics
from console.reach import broker, job_manager, job_salt
from console.toolchain.environment import environment
from console.ui.collector import Source
from console.ui.stack import StackFacts, StackReader

STACK, SERVICES, JOBS, KAFKA, MODEL, DEPLOYMENT, CHECKS = "stack", "services", "jobs", "Kafka", "model", "deployment", "checks"

_OFTEN_SECONDS = 5.0
_SELDOM_SECONDS = 30.0
_STATE_SECONDS = 10.0
_BACKEND_SECONDS = 60.0
"""A state that is no folder here is read by a process of the Pulumi CLI."""


@dataclass(frozen=True, kw_only=True)
class KafkaFacts:
    """Topics, and how far the jobs' consumer groups have come."""

    topics: tuple[TopicHealth, ...] = ()
    groups: tuple[GroupHealth, ...] = ()


def sources_of(reader: StackReader) -> tuple[Source, ...]:
    """Return the sources of one stack, the cheapest first."""

    def of_facts(ask: Callable[[StackFacts], object]) -> Callable[[], object]:
        return lambda: ask(reader.facts)

    return (
        Source(name=STACK, seconds=_state_seconds(reader), ask=reader.refresh),
        Source(name=SERVICES, seconds=_OFTEN_SECONDS, ask=of_facts(lambda facts: services_of(facts.project, facts.outputs))),
        Source(name=JOBS, seconds=_OFTEN_SECONDS, ask=lambda: _jobs(reader), trouble=_trouble_of_jobs),
        Source(name=KAFKA, seconds=_OFTEN_SECONDS, ask=of_facts(_kafka), trouble=_trouble_of_topics),
        Source(name=MODEL, seconds=_OFTEN_SECONDS * 2, ask=of_facts(lambda facts: model_of(facts.project, facts.outputs))),
        Source(name=DEPLOYMENT, seconds=_SELDOM_SECONDS, ask=of_facts(lambda facts: observe_deployment(facts.project))),
        Source(name=CHECKS, seconds=_SELDOM_SECONDS, ask=of_facts(lambda facts: checks_of(facts.project))),
    )


def _state_seconds(reader: StackReader) -> float:
    project = reader.facts.project
    is_here = file_backend(environment(project)["PULUMI_BACKEND_URL"], project.stack) is not None
    return _STATE_SECONDS if is_here else _BACKEND_SECONDS


def _jobs(reader: StackReader) -> tuple[JobHealth, ...]:
    facts = reader.facts
    client = job_manager(facts.project, facts.outputs)
    found = observe_jobs(client, facts.statements, job_salt(facts.project, facts.outputs), facts.definitions.get)
    return without_secrets(facts.project, found, reader.redactor)


def _kafka(facts: StackFacts) -> KafkaFacts:
    """Ask the broker for both at once: on a cluster each way to it is a forwarded port."""
    names = sorted(map(str, facts.outputs.get("topics") or {}))
    jobs = {str(one.get("jobName") or "") for one in facts.statements.values()} - {""}
    with broker(facts.project, facts.outputs) as bootstrap:
        topics = observe_topics(bootstrap, names)
        return KafkaFacts(topics=topics, groups=observe_groups(bootstrap, jobs) if jobs and not _silent(topics) else ())


def _silent(topics: Iterable[TopicHealth]) -> bool:
    """Tell whether the broker said nothing of any topic."""
    found = tuple(topics)
    return bool(found) and all(one.partitions is None for one in found)


def _trouble_of_topics(facts: KafkaFacts) -> str:
    reasons = {one.reason for one in facts.topics}
    # Of a broker that answers, each topic that is missing is a fact of its own.
    return next(iter(reasons)) if len(reasons) == 1 and _silent(facts.topics) and "does not have it" not in next(iter(reasons)) else ""


def _trouble_of_jobs(jobs: tuple[JobHealth, ...]) -> str:
    return jobs[0].last_error if jobs and all(one.state == UNKNOWN for one in jobs) else ""
