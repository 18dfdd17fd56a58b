"""Before a job that somebody started by hand is taken over: what it says of itself, beside what the statement's file would run.

Flink keeps no SQL of a running job, only the operators that came of it. Their descriptions can be compared with those of the file's own
plan; that they are alike is no proof that the definitions are, for options of tables and models stand in neither.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from flinksql.errors import JobFailedError
from flinksql.flink.gateway import GatewaySession
from flinksql.flink.jobmanager import JobManagerClient, JobNotFoundError
from flinksql.statement import Definition
from flinksql.statements.proof import explain
from flinksql.statements.script import Script
from flinksql.statements.state import newest_state

_PLAN_HEADING = "== Optimized Execution Plan =="
_BRANCHES = re.compile(r"^[\s:+|-]*(?:\[\d+\]:)?")
_REUSE = re.compile(r"(?:Reused\(reference_id=\[\d+\]\)|\(?,? ?reuse_id=\[\d+\]\)?)")
_SINKS = re.compile(r"^Sink\(|\[\d+\]: ?(?:Writer|Committer)$")
"""A plan and a job name what writes in different words, so neither counts."""
_LINE_BREAK = re.compile(r"<br\s*/?>")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Operators as Flink describes them. `only_running` are those of the job that the file would not give, `only_planned` the reverse."""

    same: int
    only_running: tuple[str, ...]
    only_planned: tuple[str, ...]


def compare(running: list[str], planned: list[str]) -> Comparison:
    """Compare the operators of a job with those of a plan; their order does not count."""
    one, other = Counter(running), Counter(planned)
    return Comparison(
        same=(one & other).total(),
        only_running=tuple(sorted((one - other).elements())),
        only_planned=tuple(sorted((other - one).elements())),
    )


def operators_of_plan(explained: str) -> list[str]:
    """Return the operators in the text of an EXPLAIN."""
    _, _, plan = explained.partition(_PLAN_HEADING)
    return _operators(plan.split("\n== ", 1)[0].splitlines())


def operators_of_job(descriptions: tuple[str, ...]) -> list[str]:
    """Return the operators in the descriptions of a job's vertices, which are HTML."""
    return _operators([line for text in descriptions for line in _LINE_BREAK.split(html.unescape(text))])


def _operators(lines: list[str]) -> list[str]:
    cut = (_REUSE.sub("", _BRANCHES.sub("", line)).strip() for line in lines)
    return [line for line in cut if line and not _SINKS.search(line)]


def report(definition: Definition, script: Script, session: GatewaySession, jobmanager: JobManagerClient) -> str:
    """Return what is known of the job that the policy's `adopt_job` names, in lines for people.

    The session has the closure defined. Raises JobFailedError when the JobManager does not know the job, and what planning raises.
    """
    job_id = definition.policy.adopt_job
    try:
        details = jobmanager.details(job_id)
        newest = newest_state(jobmanager.checkpoints(job_id), "")
        state = newest.path if newest else ""
        running = operators_of_job(tuple(node.description for node in details.plan.nodes))
    except JobNotFoundError as error:
        raise JobFailedError(f"statement {definition.name}: job {job_id} cannot be adopted: {error}") from error
    since = datetime.fromtimestamp(details.start_time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    found = compare(running, operators_of_plan(explain(session, script)))
    lines = [
        f"Statement {definition.name} takes over job {job_id}, which keeps its id and is not touched:",
        f'  its name is "{details.name}", it is {details.state} and was started {since}',
        f"  its newest savepoint or checkpoint: {state or 'none yet'}",
        f"  operators before the sinks that the job and the file have in common: {found.same}",
        *(f"  - only in the job:  {operator}" for operator in found.only_running),
        *(f"  + only in the file: {operator}" for operator in found.only_planned),
        "  Whether both do the same cannot be proven: a running job does not tell its SQL. The next change of the file upgrades it.",
    ]
    return "\n".join(lines)
