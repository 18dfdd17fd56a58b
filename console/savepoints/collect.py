"""Finding out what there is: from the state, the journal, pending undos, the bundle's files, the JobManager, the folder of savepoints."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from components.access import Access
from components.approval_store import approval_store
from components.bundle_folder import bundle_folder
from components.names import STATEMENT_TYPE, stack_mark
from components.providers.definitions import definition_of, deployed_of
from components.providers.policies import without_spent
from components.statement_history import Entry, Outcome, entries_of
from console.history import statement_entries
from console.project import Project
from console.reach import access, job_salt
from console.savepoints.facts import Facts, JobFacts, JobSavepoint, StatementFacts
from console.stack_outputs import outputs, stack_state
from flinksql.errors import FlinkSqlError
from flinksql.flink.jobmanager import Checkpoints, JobManagerClient, JobNotFoundError, JobSummary
from flinksql.savepoints import is_savepoint, savepoints_in
from flinksql.statement import Kind
from flinksql.statements import identities, newest_state
from flinksql.statements.values import DEFINITION_TAG
from platforms.state import StackState
from settings import SettingsError

_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Collected:
    """The facts, how Flink is reached, and what could not be asked, as a line for people."""

    facts: Facts
    access: Access
    remark: str = ""


def collect(project: Project) -> Collected:
    """Ask everything once.

    Raises ConsoleError for a stack that is not up, SettingsError for settings that cannot be used, ClusterError for an unusable kubeconfig.
    """
    state, exported = stack_state(project), outputs(project)
    way = access(project, exported)
    entries = statement_entries(project, state)
    statements = _statements(state, entries, job_salt(project, exported))
    names = _job_names(state)
    remark, jobs = "", None
    try:
        jobs = _jobs(way.quick_jobmanager(), statements, names)
    except FlinkSqlError as error:
        remark = f"nothing is known of running jobs: {error}"
    facts = Facts(
        statements=statements,
        entries=entries,
        recorded=[entry for one in _resources(state) for entry in entries_of(one)],
        jobs=jobs,
        folder=way.savepoint_folder(),
        pending=_pending(project),
        named=_named(project),
        is_flink_shared=bool(way.stack_id),
    )
    return Collected(facts=facts, access=way, remark=remark)


def _resources(state: StackState | None) -> list[Mapping[str, object]]:
    return [one.outputs for one in state.resources if one.kind == STATEMENT_TYPE] if state else []


def _job_names(state: StackState | None) -> Mapping[str, str]:
    """Return the statements by the names that Flink knows their jobs by."""
    return {str(one.get("job_name")): str(one.get("name")) for one in _resources(state)}


def _statements(state: StackState | None, entries: Sequence[Entry], salt: str) -> dict[str, StatementFacts]:
    found: dict[str, StatementFacts] = {}
    for one in _resources(state):
        plain = dict(one)
        definition, deployed = definition_of(plain), deployed_of(plain)
        if definition.statement.kind is Kind.CATALOG_OBJECT:
            continue
        own = [entry for entry in entries if entry.statement == definition.name]
        hashes = {digest for entry in own for digest in (entry.before, entry.after)} - {""}
        ids = identities(definition.job_name, deployed, hashes | {deployed.definition_hash}, salt)
        told = {deployed.job_id, definition.policy.adopt_job, *(entry.job_id for entry in own if entry.outcome == Outcome.DONE)}
        found[definition.name] = StatementFacts(
            name=definition.name,
            deployed=deployed,
            is_running=definition.policy.running,
            job_ids=frozenset({*ids, *told} - {""}),
            below=tuple(part.name for part in definition.closure),
            restore_from=without_spent(definition.policy, deployed).restore_from,
        )
    return found


def _jobs(client: JobManagerClient, statements: Mapping[str, StatementFacts], names: Mapping[str, str]) -> list[JobFacts]:
    """Return what runs, whoever's it is, and the statements' ended jobs, newest first. Raises FlinkSqlError."""
    by_id = {one.deployed.job_id: name for name, one in statements.items() if one.deployed.job_id}

    def facts(job: JobSummary) -> JobFacts | None:
        statement = by_id.get(job.job_id) or names.get(job.name, "")
        if job.state.terminal and statement not in statements:
            return None
        try:
            checkpoints = client.checkpoints(job.job_id)
            tag = client.tags(job.job_id).get(DEFINITION_TAG, "") if statement in statements else ""
        except JobNotFoundError:
            return None
        return _job(job, statements.get(statement), tag, checkpoints)

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return [one for one in pool.map(facts, client.jobs()) if one is not None]


def _job(job: JobSummary, statement: StatementFacts | None, tag: str, checkpoints: Checkpoints) -> JobFacts:
    newest = newest_state(checkpoints, "")
    restored = checkpoints.latest.restored
    # What somebody else runs under the name is not the statement's.
    is_own = statement is not None and (bool(tag) or job.job_id in statement.job_ids)
    deployed = statement.deployed if statement else None
    definition = deployed.definition_hash if deployed and job.job_id == deployed.job_id else tag
    return JobFacts(
        job_id=job.job_id,
        statement=statement.name if statement else "",
        definition=definition,
        is_own=is_own,
        is_alive=not job.state.terminal,
        is_well=job.all_tasks_running and checkpoints.counts.completed > 0,
        restored=(restored.external_path if restored else None) or "",
        newest=newest.path if newest else "",
        written=_written(checkpoints) if is_own else (),
    )


def _written(checkpoints: Checkpoints) -> tuple[JobSavepoint, ...]:
    latest = [checkpoints.latest.savepoint] if checkpoints.latest.savepoint else []
    found = {
        one.external_path: JobSavepoint(path=one.external_path, at=one.trigger_timestamp / 1000, bytes=one.state_size or None)
        for one in (*latest, *checkpoints.history)
        if one.external_path and is_savepoint(one.external_path) and not one.discarded
    }
    return tuple(found.values())


def _pending(project: Project) -> dict[str, str]:
    held = approval_store(project.data_folder, stack_mark(project.stack)).read()
    return {name: order.savepoint for name, order in held.undo.items()}


def _named(project: Project) -> dict[str, str] | None:
    """Return the savepoints that a file of the bundle names, by the names of their folders, with that file; None for unreadable files."""
    try:
        files = sorted(bundle_folder(project.settings().bundle.name).glob("*.sql"))
        return {name: file.name for file in files for name in savepoints_in(file.read_text(encoding="utf-8", errors="replace"))}
    except (SettingsError, OSError):
        return None
