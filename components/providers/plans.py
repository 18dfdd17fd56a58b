"""The steps that `up` will take with a statement, said in a preview: the plan is the one that the run makes, from a look of now."""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from components.providers.definitions import definition_of, deployed_of, hash_of
from components.providers.engine import detailed
from components.providers.properties import Properties
from components.providers.reporting import say
from flinksql.errors import TransientError
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import Recorded, StatementLifecycle, Step, Wanted, in_detail, in_one_line, is_plain_start
from flinksql.statements.compatibility import Restore


class PlannedSteps:
    """Says plans while `previews`. Safe to share between threads."""

    def __init__(self, looking: Callable[[], StatementLifecycle], previews: Callable[[], bool]) -> None:
        self._looking = looking
        self._previews = previews
        self._restores: dict[str, Restore] = {}
        self._lock = Lock()

    def judged(self, lifecycle: StatementLifecycle) -> None:
        """Remember what the lifecycle's verdicts let a new job take over: the plan depends on it."""
        with self._lock:
            self._restores.update(lifecycle.restores)

    def say_change(self, olds: Properties, definition: Definition, *, restarts: bool = False) -> None:
        """Say what is done with a statement that is in the state. Nothing is said where the verdict that decides it could not be had.

        `restarts` is for a job that is not kept although it runs what is wanted.
        """
        digest = definition_hash(definition)
        with self._lock:
            restore = self._restores.get(digest)
        judged = restore or hash_of(olds) == digest or not definition.policy.running
        if judged and self._previews() and definition.statement.kind is not Kind.CATALOG_OBJECT:
            recorded = Recorded(deployed=deployed_of(olds), definition=definition_of(olds))
            self._say(recorded, Wanted(definition=definition, restore=restore or Restore.STRICT, restarts=restarts))

    def say_start(self, definition: Definition) -> None:
        """Say what is done with a job that is there although its statement is new."""
        if self._previews() and definition.statement.kind is not Kind.CATALOG_OBJECT:
            self._say(Recorded(), Wanted(definition=definition), unless=is_plain_start)

    def say_return(self, definition: Definition, last: Deployed) -> None:
        """Say what is done with a job that was ended with its stack, and whose statement is new to the state."""
        if self._previews():
            self._say(Recorded(deployed=last, definition=definition), Wanted(definition=definition))

    def _say(self, recorded: Recorded, wanted: Wanted, unless: Callable[[tuple[Step, ...]], bool] = lambda _steps: False) -> None:
        # Where no JobManager answers, that is said of all statements together.
        with suppress(TransientError):
            steps = self._looking().plan(recorded, wanted)
            if not unless(steps):
                # In one piece: other statements speak at the same time.
                lines = in_detail(steps) if detailed() else ()
                say("\n  ".join([f"Statement {wanted.definition.name}: {in_one_line(steps)}.", *lines]))
