"""The policy at the end of `up`: savepoints that the settings do not keep, and that nothing needs, are deleted."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cluster.errors import ClusterError
from console.errors import ConsoleError
from console.health.concealed import redactor
from console.project import Project
from console.savepoints.actions import Done, delete, requests_to
from console.savepoints.collect import collect
from console.savepoints.inventory import inventory
from console.savepoints.protection import Retention, expired
from flinksql.errors import FlinkSqlError
from settings import SettingsError

_REASON = "savepoints.keep and savepoints.keepDays"


def apply_retention(project: Project) -> Iterator[Done]:
    """Delete what the policy does not keep; yield each end. What cannot be asked is kept, and is no reason to fail."""
    policy = project.settings().savepoints
    retention = Retention(keep=policy.keep, keep_days=policy.keep_days)
    if not retention.is_set:
        return
    try:
        collected = collect(project)
        found = inventory(collected.facts)
        gone = expired(found, collected.facts, retention, datetime.now(UTC))
        if gone:
            yield from delete(project, requests_to(collected.access), gone, reason=_REASON, hide=redactor(project))
    except (ConsoleError, SettingsError, ClusterError, FlinkSqlError) as error:
        yield Done(statement="old savepoints", error=str(error))
