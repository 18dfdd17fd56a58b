"""Putting the report together: processes, topics and jobs are asked at the same time, so that a dead part costs its time-out once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from console.health.jobs import job_manager, observe_jobs
from console.health.report import Report
from console.health.services import observe_services
from console.health.topics import observe_topics
from console.project import Project


def collect(project: Project, outputs: Mapping[str, Any]) -> Report:
    """Ask everything once. Raises SettingsError when the stack file cannot be used; everything else is in the report."""
    settings = project.settings()
    with ThreadPoolExecutor(max_workers=3) as pool:
        services = pool.submit(lambda: observe_services(settings.embedded) if outputs.get("platform") == "embedded" else ())
        topics = pool.submit(lambda: observe_topics(str(outputs["kafkaBootstrap"]), map(str, outputs.get("topics") or {})))
        jobs = pool.submit(lambda: observe_jobs(job_manager(str(outputs["jobManagerUrl"])), outputs.get("statements") or {}))
        return Report(stack=project.stack, services=services.result(), topics=topics.result(), jobs=jobs.result())
