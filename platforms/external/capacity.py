"""Whether a bundle's jobs can run on a Flink that somebody else runs: free slots, and a model's address that they can call."""

from collections.abc import Mapping

from components.access import Access
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.sql import Bundle
from flinksql.sql.placeholders import parameter_names
from flinksql.statement import Definition, Kind
from platforms.errors import PlatformError, Reason
from platforms.external.cluster_facts import ask
from settings import Settings

_MODEL = "model_endpoint"
_PARALLELISM = "parallelism.default"


def require_model(settings: Settings, bundle: Bundle) -> None:
    """Raise PlatformError where the bundle calls a model and no address is known that Flink's processes reach."""
    callers = [one.file for one in bundle.statements if _MODEL in parameter_names(one.text)]
    if callers and not settings.external.model_url:
        raise PlatformError(
            f"{callers[0]} calls a model, and external.modelUrl is not set",
            advice="start a model gateway where Flink's processes reach it, and name it with `pulumi config set external.modelUrl <url>`",
            reason=Reason.USAGE,
        )


def require_slots(access: Access, definitions: Mapping[str, Definition]) -> None:
    """Raise PlatformError where the jobs that do not run yet need more slots than are free. Who does not answer is told elsewhere.

    A job that runs gives its slots back before it is started again.
    """
    wanted = {one.job_name: one for one in definitions.values() if one.statement.kind is not Kind.CATALOG_OBJECT and one.policy.running}
    if not wanted:
        return
    try:
        facts = ask(access)
        running = {job.name for job in JobManagerClient(access.jobmanager).jobs() if not job.state.terminal}
    except FlinkSqlError:
        return
    missing = {one.name: int(one.options[_PARALLELISM]) for name, one in wanted.items() if name not in running}
    needed, free = sum(missing.values()), facts.overview.slots_available
    if facts.brings_task_managers or needed <= free:
        return
    listing = ", ".join(f"{name} {number}" for name, number in sorted(missing.items()))
    raise PlatformError(
        f"the jobs that do not run yet need {needed} task slots ({listing}), and the Flink at {access.jobmanager.base_url} has {free} free "
        f"of {facts.overview.slots_total}",
        advice="end jobs that nobody needs, or ask who runs it for more TaskManagers",
        reason=Reason.UNHEALTHY,
    )
