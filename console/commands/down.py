"""`down`: remove every resource and end every process of the stack, in whatever state an earlier run left them."""

import json as json_library
import shutil

import typer
from pulumi.automation import CommandError

from cluster.names import PART_OF, PART_OF_LABEL
from components.names import NAMESPACE_CLAIM_TYPE, TOPIC_TYPE
from console.checks.stack_resources import recorded_resources
from console.commands.options import Json
from console.commands.run import show_end
from console.driver.run import Driver, Outcome
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.known_errors import MISTAKES
from console.project import Project
from console.screen import RunObserver, write_line
from console.session import Session
from console.stack_outputs import stack_exists
from embedded.control import ServiceControl
from embedded.kafka import topics_in
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from flinksql.kafka.ownership import OWNERS
from settings import PlatformKind


def down(context: typer.Context, *, json: Json = False) -> None:
    """Remove every resource of the stack and end all its processes. Works also when some were killed, or the state is lost."""
    session: Session = context.obj
    project = session.project()
    observer = session.screen.observer(json=json)
    clean, driver = True, None
    _require_own(project)
    is_foreign = _is_foreign(project)
    own_topics = _own_topics(project) if _deletes_topics(project) else frozenset()
    try:
        if stack_exists(project):
            driver = session.driver(project, observer)
            outcome = driver.destroy()
            observer.close()
            show_end(session, observer, outcome)
            _stop_when_interrupted(outcome)
            clean = outcome.succeeded
        ended = _end_processes(project, observer)
        if driver is not None and not clean:
            _require_embedded(project)
            _forget(driver, observer)
        if driver is not None and own_topics:
            _remove_what_no_broker_deleted(project, own_topics, observer)
    finally:
        observer.close()
    if json:
        write_line(json_library.dumps({"event": "down", "removedCleanly": clean, "processesEnded": ended}))
    else:
        left = "no process, no port and no resource is left" if _is_embedded(project) else _left_in_cluster(project, is_foreign=is_foreign)
        session.screen.out.print(f"stack {project.stack} is down: {left}", highlight=False, soft_wrap=True)


def _left_in_cluster(project: Project, *, is_foreign: bool = False) -> str:
    """Name what stays on purpose, what it means for the next `up`, and how it is removed: of a foreign namespace the claims only."""
    settings = project.settings()
    if settings.topics.delete_on_destroy:
        return "no resource of it is left"
    where = settings.kubernetes.cluster
    kubectl = f"kubectl --context {where.context} delete namespace {where.namespace}"
    kept = f"namespace {where.namespace} with its volume claims"
    if is_foreign or not where.manage_namespace:
        kubectl = f"kubectl --context {where.context} -n {where.namespace} delete pvc -l {PART_OF_LABEL}={PART_OF}"
        kept = f"volume claims in namespace {where.namespace}"
    return (
        f"kept on purpose (topics.deleteOnDestroy is false): {kept}, and the topics in them.\n"
        "The jobs' positions are not kept: the next `up` reads every topic from its beginning, writes its results again and asks the model "
        "again for what its ledger does not hold. To go on instead, write `-- delete_mode: savepoint` into each job's file before `down`, "
        f"and `-- restore_from: <the path that it tells>` before the next `up`. To remove the rest, data included: `{kubectl}`"
    )


def _is_foreign(project: Project) -> bool:
    """Tell whether the state says that the namespace was there before the stack."""
    return any(kind == NAMESPACE_CLAIM_TYPE and outputs.get("is_foreign") is True for kind, outputs in recorded_resources(project) or ())


def _stop_when_interrupted(outcome: Outcome) -> None:
    if outcome.interrupted and not outcome.succeeded:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _require_embedded(project: Project) -> None:
    """Stop where what is left does not end with this machine's processes: the state is all that knows of it."""
    if not _is_embedded(project):
        raise ConsoleError(
            f"stack {project.stack} is not down: what is named above is still in the cluster, and the stack's state knows it",
            advice="fix the cause and run `down` again; docs/operations.md has what holds resources back (finalizers, live jobs)",
        )


def _end_processes(project: Project, observer: RunObserver) -> int:
    """End what still runs in the data folder; answer how many processes that were."""
    if not _is_embedded(project) or not project.data_folder.is_dir():
        return 0
    settings = EmbeddedSettings(data_folder=project.data_folder)
    before = len(marked(settings.folder))
    if before:
        observer.say(f"ending {before} processes")
    ServiceControl(settings).shutdown()
    left = marked(settings.folder)
    if left:
        names = ", ".join(f"{one.service or 'process'} ({one.pid})" for one in left)
        raise ConsoleError(f"these processes do not end: {names}", advice="end them by their ids and run `down` again")
    return before


def _forget(driver: Driver, observer: RunObserver) -> None:
    """Drop what could not be removed one by one: with the platform's processes gone, none of it exists any more."""
    observer.say("what could not be removed one by one went with its processes; the stack's state is dropped")
    try:
        driver.forget()
    except CommandError:
        _set_aside(driver, observer)


def _set_aside(driver: Driver, observer: RunObserver) -> None:
    backend = driver.backend()
    if backend is None:
        raise ConsoleError(
            "the stack's state cannot be dropped", advice=f"run `pulumi stack rm --force --preserve-config {driver.project.stack}`"
        )
    aside = backend.checkpoint.with_suffix(".unreadable")
    backend.checkpoint.replace(aside)
    observer.say(f"the stack's state could not be read; it was set aside as {aside}")


def _require_own(project: Project) -> None:
    """Keep what another stack has by now. Settings that cannot be read are told by the run itself."""
    try:
        settings = project.settings()
    except MISTAKES:
        return
    if settings.platform is PlatformKind.KUBERNETES:
        from console.checks.before_down import require_own  # noqa: PLC0415  # see console.reach

        require_own(project, settings)


def _own_topics(project: Project) -> frozenset[str]:
    """Return the topics that the state says this stack made."""
    made = (outputs for kind, outputs in recorded_resources(project) or () if kind == TOPIC_TYPE)
    return frozenset(str(one["topic"]) for one in made if one.get("owned", True))


def _remove_what_no_broker_deleted(project: Project, own_topics: frozenset[str], observer: RunObserver) -> None:
    """Remove the broker's folder where topics of the stack are left in it and nothing else is: no broker was there to delete them.

    Its processes have ended. A topic of somebody else in it keeps the whole folder: its records are not ours to remove.
    """
    folder = EmbeddedSettings(data_folder=project.data_folder).folder.kafka
    left = topics_in(folder)
    if not left & own_topics:
        return
    if others := left - own_topics - {OWNERS}:
        observer.say(
            f"topics {', '.join(sorted(left & own_topics))} could not be deleted, because no broker ran; they stay in {folder}, because "
            f"{', '.join(sorted(others))} in it are not the stack's: run `up` and `down` again to delete the stack's own"
        )
        return
    shutil.rmtree(folder, ignore_errors=True)


def _is_embedded(project: Project) -> bool:
    return project.values.get("platform", "embedded") == "embedded"


def _deletes_topics(project: Project) -> bool:
    try:
        return _is_embedded(project) and project.settings().topics.delete_on_destroy
    except MISTAKES:
        return False
