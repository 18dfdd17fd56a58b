"""`down`: remove every resource and end every process of the stack, in whatever state an earlier run left them."""

import json as json_library

import typer
from pulumi.automation import CommandError

from components.names import TENANTS_TYPE, TOPIC_TYPE
from components.providers.tenants import require_no_tenants
from console.checks.stack_resources import on_disk, recorded_resources
from console.commands.options import Json
from console.commands.run import show_end
from console.data_checks.records import forget
from console.driver.run import Driver, Outcome
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.known_errors import MISTAKES
from console.project import Project
from console.screen import write_line
from console.session import RunObserver, Session
from console.stack_outputs import stack_exists
from platforms.registry import platform_named, platform_of
from platforms.state import Recorded

NOTHING_LEFT = "no process, no port and no resource is left"


def down(context: typer.Context, *, json: Json = False) -> None:
    """Remove every resource of the stack and end all its processes. Works also when some were killed, or the state is lost."""
    session: Session = context.obj
    project = session.project()
    observer = session.observer(json=json)
    clean, driver = True, None
    platform = platform_named(project.values)
    _require_own(project)
    recorded = recorded_resources(project)
    _require_no_tenants(project, recorded)
    own_topics = _own_topics(project) if _deletes_topics(project) else frozenset()
    try:
        if stack_exists(project):
            driver = session.driver(project, observer)
            outcome = driver.destroy()
            observer.close()
            show_end(session, observer, outcome)
            _stop_when_interrupted(outcome)
            clean = outcome.succeeded
        ended = platform.end_processes(project.data_folder, observer.say)
        if driver is not None and not clean:
            _require_gone(project)
            _forget(driver, observer)
        if driver is not None and own_topics:
            platform.remove_topics(project.data_folder, own_topics, observer.say)
        forget(project)
    finally:
        observer.close()
    if json:
        write_line(json_library.dumps({"event": "down", "removedCleanly": clean, "processesEnded": ended}))
    else:
        left = NOTHING_LEFT if platform.ends_with_processes else platform_of(project.settings()).left_after_down(recorded)
        session.screen.out.print(f"stack {project.stack} is down: {left}", highlight=False, soft_wrap=True)


def _stop_when_interrupted(outcome: Outcome) -> None:
    if outcome.interrupted and not outcome.succeeded:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _require_gone(project: Project) -> None:
    """Stop where what is left does not end with processes of this machine: the state is all that knows of it."""
    if not platform_named(project.values).ends_with_processes:
        raise ConsoleError(
            f"stack {project.stack} is not down: what is named above is still in the cluster, and the stack's state knows it",
            advice="fix the cause and run `down` again; docs/operations.md has what holds resources back (finalizers, live jobs)",
        )


def _forget(driver: Driver, observer: RunObserver) -> None:
    """Drop what could not be removed one by one: with the platform's processes gone, none of it exists any more."""
    observer.say("resources that could not be removed one by one ended with their processes; the stack's state was dropped")
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
        platform = platform_of(project.settings())
    except MISTAKES:
        return
    platform.require_own(on_disk(project))


def _require_no_tenants(project: Project, recorded: Recorded | None) -> None:
    """Keep a platform that other stacks have jobs on: its processes would end whatever the engine says."""
    try:
        settings = project.settings()
    except MISTAKES:
        return
    hosts = settings.bundle.runs_elsewhere if recorded is None else any(kind == TENANTS_TYPE for kind, _ in recorded)
    if hosts:
        require_no_tenants(platform_of(settings).connect())


def _own_topics(project: Project) -> frozenset[str]:
    """Return the topics that the state says this stack made."""
    made = (outputs for kind, outputs in recorded_resources(project) or () if kind == TOPIC_TYPE)
    return frozenset(str(one["topic"]) for one in made if one.get("owned", True))


def _deletes_topics(project: Project) -> bool:
    try:
        return platform_named(project.values).ends_with_processes and project.settings().topics.delete_on_destroy
    except MISTAKES:
        return False
