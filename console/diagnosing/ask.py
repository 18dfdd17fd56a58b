"""A statement of a stack that is up: its definition from the stack's state, its job from the JobManager, its topics from the broker."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cluster.errors import ClusterError
from components.names import STATEMENT_TYPE
from components.providers.definitions import definition_of
from console.errors import ConsoleError
from console.health.concealed import Redactor, redactor
from console.health.jobs import newest_job
from console.project import Project
from console.reach import access, job_manager
from console.stack_outputs import stack_state
from flinksql.diagnosis import Diagnosis, Finding, Snapshot, collect_job, diagnose, with_topics
from flinksql.errors import FlinkSqlError
from flinksql.kafka.errors import TopicError
from flinksql.kafka.positions import BrokerPositions
from flinksql.statement import Definition

_BOOTSTRAP = "properties.bootstrap.servers"


def ask(project: Project, outputs: Mapping[str, Any], statement: str) -> tuple[Diagnosis, str]:
    """Return the diagnosis of a statement, and a remark on what could not be asked.

    Raises ConsoleError when the JobManager does not answer or the state has no such statement, ClusterError for an unusable kubeconfig.
    """
    definition = definition_in_state(project, statement)
    try:
        jobmanager = job_manager(project, outputs)
        about = (outputs.get("statements") or {}).get(statement, {})
        job = newest_job(jobmanager.jobs(), about)
        snapshot = collect_job(job.job_id if job else "", jobmanager)
    except FlinkSqlError as error:
        raise ConsoleError(f"nothing is known of {statement}: {error}", advice="run `python -m console status`") from error
    snapshot, remark = _with_topics(project, outputs, definition, snapshot)
    return concealed(diagnose(definition, snapshot), redactor(project)), remark


def definition_in_state(project: Project, statement: str) -> Definition:
    """Return what was deployed of a statement. Raises ConsoleError when the state has no such statement."""
    state = stack_state(project)
    for one in state.resources if state else ():
        if one.kind == STATEMENT_TYPE and one.outputs.get("name") == statement:
            return definition_of(dict(one.outputs))
    raise ConsoleError(f"the state of stack {project.stack} has no statement {statement}", advice="run `up`")


def _with_topics(project: Project, outputs: Mapping[str, Any], definition: Definition, snapshot: Snapshot) -> tuple[Snapshot, str]:
    way = access(project, outputs)

    def is_reachable(options: Mapping[str, str]) -> bool:
        return options.get(_BOOTSTRAP) in {way.flink_kafka_bootstrap, way.kafka_bootstrap, definition.parameters.get("kafka_bootstrap")}

    try:
        with way.broker() as bootstrap:
            return with_topics(definition, snapshot, BrokerPositions(bootstrap, way.kafka_options), is_reachable), ""
    except (ClusterError, TopicError) as error:
        return snapshot, f"the broker was not asked, so nothing is said of topics: {error}"


def concealed(diagnosis: Diagnosis, redact: Redactor) -> Diagnosis:
    """Return the diagnosis without secrets: Flink's plan and errors may quote one."""
    return replace(diagnosis, findings=tuple(_concealed(one, redact) for one in diagnosis.findings))


def _concealed(finding: Finding, redact: Redactor) -> Finding:
    figures = tuple(redact(one) for one in finding.figures)
    return replace(finding, what=redact(finding.what), figures=figures, advice=redact(finding.advice))
