"""One run of the engine from start to end: clean up after an earlier one, run, tell what happened.

What an earlier run can leave behind, and what is done about it before the next: a lock of a dead process (removed, named), a provider
process without its CLI (ended by its id), pending creates in the state (cleared; creating again adopts what they left in the world),
and objects of a cluster that are not as the state has them (console.driver.run_recovery).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from pulumi.automation import CommandError, ConcurrentUpdateError, EngineEvent

from components.provider_process import THREADS
from console.driver.backend import FileBackend, file_backend, parse_deployment
from console.driver.events import EventReader
from console.driver.interruption import Interruption, interruptible, send_interrupt_to_cli
from console.driver.locks import clear_stale_locks
from console.driver.orphaned_providers import end_orphans
from console.driver.progress import Progress, Row, State
from console.driver.run_recovery import observe_again, read_anew, recover
from console.driver.run_watch import RunHandle
from console.driver.temporary_folder import temporary_folder
from console.driver.workspace import QuickStack, log_file, open_stack
from console.driver.wrapped_program import Program, wrapped
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import Project
from console.toolchain.command import Toolchain
from console.toolchain.environment import environment
from platforms.drift import DriftCheck, NoDrift, UnseenError
from platforms.run_watch import NoRunWatch, Problem, RunWatch
from platforms.state import StackState

Listen = Callable[[EngineEvent], None]
Action = Callable[[QuickStack, Listen, Progress], object]

PARALLEL_STEPS = THREADS
_NAMED = 5
"""So many of the resources that are left are named."""
_WRONG_PASSPHRASE = "incorrect passphrase"  # noqa: S105  # the CLI's words


class Observer(Protocol):
    """Who shows a run while it goes on."""

    def say(self, message: str) -> None:
        """One line about the run as a whole."""

    def follow(self, progress: Progress, clock: Callable[[], float]) -> None:
        """Begin to show a run; from now on `progress` changes, in another thread."""

    def changed(self, row: Row) -> None:
        """Take note that a row changed."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended."""

    progress: Progress
    seconds: float
    succeeded: bool
    interrupted: bool


@dataclass(kw_only=True)
class Driver:
    """Runs the program of one stack. `mistakes` are the error types of the parts whose text is for people.

    `watch` makes what goes along with a run that changes something; `drift` looks at what the engine only remembers. `variables` are set
    on top of the CLI's environment.
    """

    project: Project
    toolchain: Toolchain
    program: Program
    observer: Observer
    mistakes: tuple[type[Exception], ...] = ()
    watch: Callable[[], RunWatch] = NoRunWatch
    drift: DriftCheck = field(default_factory=NoDrift)
    variables: Mapping[str, str] = field(default_factory=dict)

    def up(self) -> Outcome:
        """Brings the world to what the program says. Does not preview first: every step looks before it acts."""

        def made(stack: QuickStack, reader: Listen, progress: Progress) -> object:
            read_anew(stack, self._drifted(self.drift.before_up, stack, progress))
            lost = self._drifted(self.drift.to_make_again, stack, progress)
            return stack.up(parallel=PARALLEL_STEPS, on_event=reader, replace=lost or None)

        return self._run(made)

    def preview(self, *, diff: bool = False) -> Outcome:
        """Says what `up` would do; with `diff` each step of each statement. Changes nothing."""

        def planned(stack: QuickStack, reader: Listen, progress: Progress) -> object:
            drifted = self._drifted(self.drift.before_preview, stack, progress)
            lost = self._drifted(self.drift.to_make_again, stack, progress)
            # The engine reads the world for this one preview and keeps nothing of it. It takes seconds, so only where something differs.
            again = bool(drifted) or None
            return stack.preview(parallel=PARALLEL_STEPS, on_event=reader, refresh=again, replace=lost or None, diff=diff or None)

        return self._run(planned, clears=False)

    def destroy(self) -> Outcome:
        """Remove every resource of the stack, in reverse order; goes on past a resource that fails.

        A run that was interrupted has failed, unless nothing was left to do: the engine, told to go on past errors, calls it a success.
        """
        left: list[str] = []

        def removed(stack: QuickStack, reader: Listen, progress: Progress) -> object:
            read_anew(stack, self._drifted(self.drift.before_destroy, stack, progress))
            destroyed = stack.destroy(parallel=PARALLEL_STEPS, on_event=reader, continue_on_error=True)
            state = read_state(stack)
            left.extend(one.name for one in (state.resources if state else ()))
            return destroyed

        outcome = self._run(removed)
        if left and outcome.succeeded and not outcome.interrupted:
            outcome.progress.errors.append(
                Problem(message=f"the stack's state still has {len(left)} resources: {', '.join(left[:_NAMED])}")
            )
        return replace(outcome, succeeded=outcome.succeeded and not left)

    def backend(self) -> FileBackend | None:
        """Give the folder that holds the state, or None when it is not a folder."""
        return file_backend(environment(self.project)["PULUMI_BACKEND_URL"], self.project.stack)

    def forget(self) -> None:
        """Remove the stack with whatever its state still holds. Pulumi.<stack>.yaml stays. Raises CommandError."""
        stack = self._open(Progress(), {})
        stack.workspace.remove_stack(stack.name, force=True, preserve_config=True)

    def _drifted(self, find: Callable[[StackState, Callable[[str], None]], list[str]], stack: QuickStack, progress: Progress) -> list[str]:
        """Return the URNs of what is not as the state has it; what cannot be seen is noted, so that it is not called right."""
        state = read_state(stack)
        if state is None:
            return []

        def report(text: str) -> None:
            progress.drift.append(text)
            self.observer.say(text)

        try:
            return find(state, report)
        except UnseenError as error:
            progress.unseen.append(f"the platform's objects: {error}")
            return []

    def _run(self, action: Action, *, clears: bool = True) -> Outcome:
        began = time.monotonic()

        def clock() -> float:
            return time.monotonic() - began

        progress = Progress()
        with interruptible(self.observer.say) as interruption, temporary_folder(self.project) as temporary:
            failure = self._guarded(action, progress, clock, interruption, clears=clears, variables={**self.variables, **temporary})
        progress.stop(clock())
        if failure and not progress.errors and not interruption.asked:
            progress.errors.append(Problem(message=failure))
        return Outcome(progress=progress, seconds=clock(), succeeded=not failure, interrupted=interruption.asked > 0)

    def _guarded(
        self,
        action: Action,
        progress: Progress,
        clock: Callable[[], float],
        interruption: Interruption,
        *,
        clears: bool,
        variables: Mapping[str, str],
    ) -> str:
        """Run and answers with what the CLI said when it failed, or ""."""

        def interrupted() -> None:
            interruption.heard += 1
            running = [row.name for row in progress.shown() if row.state is State.RUNNING]
            if interruption.heard == 1 and running:
                self.observer.say(f"waiting for {', '.join(running)}")

        reader = EventReader(
            progress=progress, clock=clock, changed=self.observer.changed, heard_interrupt=interrupted, noted=self.observer.say
        )
        try:
            stack = self._open(progress, variables)
            if clears:
                recover(stack, read_state(stack), self.observer.say)
            if interruption.asked:
                return "interrupted before it began"
            self.observer.follow(progress, clock)
            # A preview waits for nothing; what it looks at may be broken all the same.
            watch = self.watch() if clears else NoRunWatch()
            with self._looking_anew(stack, progress, interruption), self._watched(watch, progress, reader) as listen:
                action(stack, listen, progress)
        except ConcurrentUpdateError as error:
            raise ConsoleError(
                "another run locked the stack at the same moment",
                advice="wait for it, then run the command again",
                exit_code=ExitCode.LOCKED,
            ) from error
        except CommandError as error:
            return last_lines(str(error))
        return ""

    @contextmanager
    def _watched(self, watch: RunWatch, progress: Progress, reader: EventReader) -> Iterator[Listen]:
        watch.follow(RunHandle(progress=progress, tell=self.observer.say, changed=self.observer.changed, stop=send_interrupt_to_cli))

        def listen(event: EngineEvent) -> None:
            reader(event)
            watch.observe(event)

        try:
            yield listen
        finally:
            watch.close()

    @contextmanager
    def _looking_anew(self, stack: QuickStack, progress: Progress, interruption: Interruption) -> Iterator[None]:
        try:
            yield
        except CommandError:
            if progress.gave_up or interruption.asked:
                observe_again(stack, read_state(stack), progress, self.observer.say)
            raise

    def _open(self, progress: Progress, variables: Mapping[str, str]) -> QuickStack:
        stack = open_stack(self.project, self.toolchain, wrapped(self.program, progress, self.mistakes, log_file(self.project)), variables)
        if stack.backend is not None:
            for lock in clear_stale_locks(stack.backend.locks):
                self.observer.say(f"removed the lock of an earlier run that was killed (process {lock.process_id})")
        for process_id in end_orphans(self.project.root):
            self.observer.say(f"ended a provider process that an earlier run left behind (process {process_id})")
        return stack


def read_state(stack: QuickStack) -> StackState | None:
    """Give the state as the backend has it: by file where it is a folder, else through the CLI."""
    if stack.backend is not None:
        return stack.backend.state()
    deployment = stack.export_stack().deployment
    return parse_deployment(deployment or {})


def last_lines(output: str) -> str:
    """Give the last line of the CLI's output that says what was wrong; the whole of it is never shown."""
    if _WRONG_PASSPHRASE in output:
        return (
            "the passphrase is not the one that the stack's secrets were encrypted with: correct PULUMI_CONFIG_PASSPHRASE, or the file "
            "that PULUMI_CONFIG_PASSPHRASE_FILE names"
        )
    lines = [line.strip() for line in output.splitlines()]
    errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
    return (
        errors[-1]
        if errors
        else next((line for line in reversed(lines) if line and line != "stderr:"), "the Pulumi CLI failed without a message")
    )
