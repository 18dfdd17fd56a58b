"""The one line of `status` on a job that runs and writes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from flinksql.diagnosis import Snapshot, Verdict, diagnose, metrics_of
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import JobDetails, JobManagerClient
from flinksql.statement import Definition

Definitions = Callable[[str], Definition | None]
"""From a statement's name to what was deployed of it; None where that cannot be read here."""


def no_definitions(_name: str) -> Definition | None:
    """Return None: nothing is known of what was deployed."""
    return None


def no_output(client: JobManagerClient, definition: Definition | None, details: JobDetails, observed: Mapping[str, Any]) -> str:
    """Return why nothing came out of a job, as far as the JobManager knows; empty where that is not known. Never raises.

    `observed` are the fields of a snapshot that are known already. The figures must be fresh. Topics are not asked: `why` does.
    """
    if definition is None:
        return ""
    try:
        metrics = metrics_of(details, client)
        snapshot = Snapshot(now=details.now, job=details, metrics=metrics, **observed)
        first = next(iter(diagnose(definition, snapshot).findings), None)
    except FlinkSqlError:
        return ""
    if first is None or first.verdict is Verdict.FLOWING:
        return ""
    more = f"see `why {definition.name}`"
    return f"nothing comes out: {more}" if first.verdict is Verdict.UNKNOWN else f"nothing comes out: {first.what.rstrip('.')}; {more}"
