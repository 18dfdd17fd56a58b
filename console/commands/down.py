"""`down`: remove every resource and end every process of the stack, in whatever state an earlier run left them."""

import json as json_library
import shutil

import typer
from pulumi.automation import CommandError

from console.commands.options import Json
from console.commands.run import show_end
from console.driver.run import Driver, Outcome
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.mistakes import MISTAKES
from console.project import Project
from console.screen import RunObserver, write_line
from console.session import Session
from console.stack_outputs import stack_exists
from embedded.control import ServiceControl
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName


def down(context: typer.Context, *, json: Json = False) -> None:
    """Remove every resource of the stack and end all its processes. Works also when some were killed, or the state is lost."""
    session: Session = context.obj
    project = session.project()
    observer = session.screen.observer(json=json)
    clean, driver = True, None
    topics_are_out_of_reach = _deletes_topics(project) and not _broker_answers(project)
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
        if driver is not None and topics_are_out_of_reach:
            # They were to be deleted and no broker was there to do it. All of them are in this folder, and it has no owner any more.
            shutil.rmtree(project.data_folder / "kafka", ignore_errors=True)
    finally:
        observer.close()
    if json:
        write_line(json_library.dumps({"event": "down", "removedCleanly": clean, "processesEnded": ended}))
    else:
        left = "no process, no port and no resource is left" if _is_embedded(project) else _left_in_cluster(project)
        session.screen.out.print(f"stack {project.stack} is down: {left}", highlight=False, soft_wrap=True)


def _left_in_cluster(project: Project) -> str:
    """Name what stays on purpose, what it means for the next `up`, and how it is removed."""
    settings = project.settings()
    if settings.topics.delete_on_destroy:
        return "no resource of it is left"
    where = settings.kubernetes.cluster
    kubectl = f"kubectl --context {where.context} delete namespace {where.namespace}"
    return (
        f"kept on purpose (topics.deleteOnDestroy is false): namespace {where.namespace} with its volume claims, and the topics in them.\n"
        "The jobs' positions are not kept: the next `up` reads every topic from its beginning, writes its results again and asks the model "
        "again for what its ledger does not hold. To go on instead, write `-- delete_mode: savepoint` into each job's file before `down`, "
        f"and `-- restore_from: <the path that it tells>` before the next `up`. To remove the rest, data included: `{kubectl}`"
    )


def _stop_when_interrupted(outcome: Outcome) -> None:
    if outcome.interrupted and not outcome.succeeded:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _require_embedded(project: Project) -> None:
    """Stop where what is left does not end with this machine's processes: the state is all that knows of it."""
    if not _is_embedded(project):
        raise ConsoleError(
            f"stack {project.stack} is not down: what is named above is still in the cluster, and the stack's state knows it",
            advice="mend the cause and run `down` again; docs/operations.md has what holds resources back (finalizers, live jobs)",
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


def _broker_answers(project: Project) -> bool:
    return ServiceControl(project.settings().embedded).observe(ServiceName.KAFKA).ready


def _is_embedded(project: Project) -> bool:
    return project.values.get("platform", "embedded") == "embedded"


def _deletes_topics(project: Project) -> bool:
    try:
        return _is_embedded(project) and project.settings().topics.delete_on_destroy
    except MISTAKES:
        return False
