"""Putting the report together: processes, topics and jobs are asked at the same time, so that a dead part costs its time-out once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from cluster.errors import ClusterError
from components.bundle_folder import bundle_folder
from components.names import PROJECT_FOLDER, STATEMENT_TYPE
from components.providers.definitions import definition_of
from console.checks.stack_resources import recorded_resources
from console.data_checks.records import LastResult, last_results
from console.health.concealed import without_secrets
from console.health.deployment import observe_deployment
from console.health.groups import observe_groups
from console.health.jobs import observe_jobs
from console.health.model import observe_model
from console.health.report import GroupHealth, JobHealth, ModelHealth, Report, TopicHealth
from console.health.topics import observe_topics
from console.project import Project
from console.reach import broker, job_manager, job_salt, model_gateway
from flinksql.data_checks import read_checks
from flinksql.errors import BundleError
from flinksql.statement import Definition
from options.model import ModelKind
from platforms.health import ServiceHealth
from platforms.registry import platform_running
from settings import SettingsError


def collect(project: Project, outputs: Mapping[str, Any]) -> Report:
    """Ask everything once.

    Raises SettingsError when the stack file cannot be used, ClusterError for a kubeconfig that cannot; everything else is in the report.
    """
    with ThreadPoolExecutor(max_workers=5) as pool:
        services = pool.submit(services_of, project, outputs)
        topics = pool.submit(_topics, project, outputs)
        jobs = pool.submit(_jobs, project, outputs)
        model = pool.submit(model_of, project, outputs)
        groups = pool.submit(_groups, project, outputs)
        return Report(
            stack=project.stack,
            services=services.result(),
            topics=topics.result(),
            jobs=without_secrets(project, jobs.result()),
            deployment=observe_deployment(project),
            model=model.result(),
            groups=groups.result(),
            checks=checks_of(project),
        )


def collect_running(project: Project, outputs: Mapping[str, Any]) -> Report:
    """Ask for what runs: services and jobs. Raises what `collect` raises."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        services = pool.submit(services_of, project, outputs)
        jobs = pool.submit(lambda: observe_jobs(job_manager(project, outputs), outputs.get("statements") or {}, job_salt(project, outputs)))
        return Report(stack=project.stack, services=services.result(), topics=(), jobs=without_secrets(project, jobs.result()))


def _jobs(project: Project, outputs: Mapping[str, Any]) -> tuple[JobHealth, ...]:
    @cache
    def deployed() -> Mapping[str, Definition]:
        found = recorded_resources(project) or ()
        return {str(one.get("name")): definition_of(dict(one)) for kind, one in found if kind == STATEMENT_TYPE}

    return observe_jobs(
        job_manager(project, outputs), outputs.get("statements") or {}, job_salt(project, outputs), lambda name: deployed().get(name)
    )


def services_of(project: Project, outputs: Mapping[str, Any]) -> tuple[ServiceHealth, ...]:
    """Look at each service of the stack's platform. Raises what `collect` raises."""
    return platform_running(outputs, project.settings()).services(outputs)


def model_of(project: Project, outputs: Mapping[str, Any]) -> ModelHealth | None:
    """Look at the model behind the gateway. The offline one has nothing that could fail."""
    settings = project.settings()
    gateway = None if settings.model.kind is ModelKind.OFFLINE or not outputs.get("modelUrl") else model_gateway(project, outputs)
    return observe_model(gateway, settings.model.name) if gateway else None


def _topics(project: Project, outputs: Mapping[str, Any]) -> tuple[TopicHealth, ...]:
    names = sorted(map(str, outputs.get("topics") or {}))
    try:
        with broker(project, outputs) as bootstrap:
            return observe_topics(bootstrap, names)
    except ClusterError as error:
        return tuple(TopicHealth(name=name, partitions=None, messages=None, reason=str(error)) for name in names)


def checks_of(project: Project) -> tuple[LastResult, ...]:
    """Return how the bundle's checks last ended. Files that cannot be read are told by `check`."""
    settings = project.settings()
    if settings.bundle.runs_elsewhere:
        return ()
    try:
        return last_results(project, read_checks(bundle_folder(settings.bundle.name, PROJECT_FOLDER), PROJECT_FOLDER))
    except (BundleError, SettingsError):
        return ()


def _groups(project: Project, outputs: Mapping[str, Any]) -> tuple[GroupHealth, ...]:
    """Look at the groups of the stack's jobs. Where the broker cannot be reached, the topics say so already."""
    names = {str(one.get("jobName") or "") for one in (outputs.get("statements") or {}).values()} - {""}
    if not names:
        return ()
    try:
        with broker(project, outputs) as bootstrap:
            return observe_groups(bootstrap, names)
    except ClusterError:
        return ()
