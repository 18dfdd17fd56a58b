"""The last lines of a run: what went wrong and what to do, or what was done, where to look, how long it took."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape

from console.driver.progress import Progress, Row, State
from console.driver.refused import begins_with_its_file
from console.driver.run import Outcome
from console.exit_codes import ExitCode
from console.show.formatting import action, count, duration
from platforms.run_watch import Problem

_NEXT_AFTER_INTERRUPTION = "run the same command again: it resumes, and adopts what was being created"
_NAMED = 3


def exit_code(outcome: Outcome, *, planned: bool = False) -> ExitCode:
    """Give the code for the shell. A run that reached its end in spite of Ctrl-C has succeeded.

    A preview that announces changes has done its work, although something was not there to be looked at.
    """
    if outcome.succeeded:
        announced = planned and bool(outcome.progress.changed())
        return ExitCode.OK if announced or verified(outcome.progress) else ExitCode.UNHEALTHY
    return ExitCode.INTERRUPTED if outcome.interrupted else ExitCode.FAILED


def verified(progress: Progress) -> bool:
    """Tell whether a run that reached its end may be called a success: what it says of the world was seen, and is well."""
    return not progress.unseen and not progress.unwell


def print_ending(console: Console, errors: Console, outcome: Outcome, *, planned: bool = False) -> None:
    """Write the end of a run for people."""
    progress = outcome.progress
    for problem in progress.warnings:
        console.print(f"[yellow]warning[/] {_about(problem)}{escape(problem.message)}", highlight=False, soft_wrap=True)
    for problem in progress.errors:
        errors.print(f"[bold red]error[/] {_about(problem)}{escape(problem.message)}", highlight=False, soft_wrap=True)
    if outcome.succeeded:
        for unseen in progress.unseen:
            errors.print(f"[bold yellow]not looked at[/] {escape(unseen)}", highlight=False, soft_wrap=True)
        for unwell in progress.unwell:
            errors.print(f"[bold red]not healthy[/] {escape(unwell)}", highlight=False, soft_wrap=True)
        console.print(f"{summary(progress, planned=planned)} ({duration(outcome.seconds)})", highlight=False)
    elif outcome.interrupted:
        errors.print(f"interrupted after {duration(outcome.seconds)}; {_NEXT_AFTER_INTERRUPTION}", highlight=False, soft_wrap=True)
    else:
        errors.print(f"failed after {duration(outcome.seconds)}: {_failed(progress, planned=planned)}", highlight=False, soft_wrap=True)


def summary(progress: Progress, *, planned: bool = False) -> str:
    """Say in one line what was done, or would be (`planned`)."""
    changed = progress.changed()
    unchanged = len(progress.shown()) - len(changed)
    if not changed and progress.drift and not progress.unseen:
        # What Helm installed, and what is made again before the engine begins, is no step of the engine's.
        return f"nothing else {'to change' if planned else 'changed'} ({count(unchanged, 'resource')})"
    if not changed:
        return (
            f"nothing to change: {count(unchanged, 'resource')} as they {'were last seen' if progress.unseen else 'should be'}"
            if planned
            else f"nothing changed ({count(unchanged, 'resource')})"
        )
    parts = [f"{number:,} {words}" for words, number in _by_action(changed, planned=planned).items()]
    return ", ".join([*parts, *([f"{unchanged:,} unchanged"] if unchanged else [])])


def print_links(console: Console, links: Mapping[str, object]) -> None:
    """Write the addresses worth opening."""
    width = max((len(name) for name in links), default=0)
    for name, address in links.items():
        console.print(f"  {escape(name):<{width}}  [link={address}]{escape(str(address))}[/link]", highlight=False, soft_wrap=True)


def _by_action(rows: list[Row], *, planned: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        words = action(row, planned=planned)
        found[words] = found.get(words, 0) + 1
    return found


def _failed(progress: Progress, *, planned: bool) -> str:
    if planned:
        return "nothing was changed. Fix the cause and run the same command again."
    failed = [row.name for row in progress.shown() if row.state is State.FAILED]
    waiting = [row.name for row in progress.shown() if row.state is State.WAITING]
    done = f"{count(len(progress.changed()) - len(failed), 'change')} kept"
    parts = [*([f"{', '.join(failed)} failed"] if failed else []), *([f"{_named(waiting)} not begun"] if waiting else []), done]
    return "; ".join(parts) + ". Fix the cause and run the same command again."


def _named(names: list[str]) -> str:
    """Name a few, count many: the list would bury the one that failed."""
    return ", ".join(names) if len(names) <= _NAMED else count(len(names), "resource")


def _about(problem: Problem) -> str:
    # A place comes first: terminals and editors make a link of it.
    return f"[bold]{escape(problem.resource)}[/]: " if problem.resource and not begins_with_its_file(problem) else ""
