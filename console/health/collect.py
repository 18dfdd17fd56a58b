"""Putting the report together: processes, topics and jobs are asked at the same time, so that a dead part costs its time-out once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cluster.errors import ClusterError
from console.health.concealed import without_secrets
from console.health.deployment import observe_deployment
from console.health.jobs import observe_jobs
from console.health.model import observe_model
from console.health.report import ModelHealth, Report, ServiceHealth, TopicHealth
from console.health.services import observe_services
from console.health.topics import observe_topics
from console.project import Project
from console.reach import broker, is_on_kubernetes, job_manager, job_salt, model_gateway
from embedded.settings import ModelKind


def collect(project: Project, outputs: Mapping[str, Any]) -> Report:
    """Ask everything once.

    Raises SettingsError when the stack file cannot be used, ClusterError for a kubeconfig that cannot; everything else is in the report.
    """
    with ThreadPoolExecutor(max_workers=4) as pool:
        services = pool.submit(_services, project, outputs)
        topics = pool.submit(_topics, project, outputs)
        jobs = pool.submit(lambda: observe_jobs(job_manager(project, outputs), outputs.get("statements") or {}, job_salt(project)))
        model = pool.submit(_model, project, outputs)
        return Report(
            stack=project.stack,
            services=services.result(),
            topics=topics.result(),
            jobs=without_secrets(project, jobs.result()),
            deployment=observe_deployment(project),
            model=model.result(),
        )


def collect_running(project: Project, outputs: Mapping[str, Any]) -> Report:
    """Ask for what runs: services and jobs. Raises what `collect` raises."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        services = pool.submit(_services, project, outputs)
        jobs = pool.submit(lambda: observe_jobs(job_manager(project, outputs), outputs.get("statements") or {}, job_salt(project)))
        return Report(stack=project.stack, services=services.result(), topics=(), jobs=without_secrets(project, jobs.result()))


def _services(project: Project, outputs: Mapping[str, Any]) -> tuple[ServiceHealth, ...]:
    settings = project.settings()
    if not is_on_kubernetes(outputs):
        return observe_services(settings.embedded, job_manager(project, outputs))
    from cluster.api_server import connect  # noqa: PLC0415  # see console.reach
    from console.health.pods import observe_pods  # noqa: PLC0415

    where = settings.kubernetes.cluster
    return observe_pods(connect(where.context, where.kubeconfig), where.namespace, outputs.get("services") or ())


def _model(project: Project, outputs: Mapping[str, Any]) -> ModelHealth | None:
    """Look at the model behind the gateway. The offline one has nothing that could fail."""
    settings = project.settings()
    if settings.model.kind is ModelKind.OFFLINE or not outputs.get("modelUrl"):
        return None
    return observe_model(model_gateway(project, outputs), settings.model.name)


def _topics(project: Project, outputs: Mapping[str, Any]) -> tuple[TopicHealth, ...]:
    names = sorted(map(str, outputs.get("topics") or {}))
    try:
        with broker(project, outputs) as bootstrap:
            return observe_topics(bootstrap, names)
    except ClusterError as error:
        return tuple(TopicHealth(name=name, partitions=None, messages=None, reason=str(error)) for name in names)
