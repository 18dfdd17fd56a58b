"""What is said of a statement: why it changes, whether it is well, what will be done and what was."""

from collections.abc import Iterator, Sequence

from components.providers.definitions import changed_below
from components.providers.detailed_diff import cut_changes, own_parameters_changed
from components.providers.properties import Properties, text
from components.providers.reporting import say
from components.providers.secret_marks import Rotation
from flinksql.statement import Definition, Deployed, Kind
from flinksql.statements import Observation, ObservedState

_WELL = {ObservedState.DEFINED, ObservedState.RUNNING, ObservedState.STARTING, ObservedState.PAUSED}


def say_why(olds: Properties, news: Properties) -> None:
    """Say of a statement whose own text stays because of which others it changes, and of a long line what a diff does not show."""
    before, after, others = text(olds, "text"), text(news, "text"), changed_below(olds, news)
    for change in cut_changes(before, after) if before else ():
        say(f"Statement {news['name']}, {change}")
    for name, values in own_parameters_changed(olds, news).items():
        for change in cut_changes(*values):
            say(f"Statement {news['name']}, {name}, {change}")
    if others and before == after:
        say(f"Statement {news['name']} changes because of {', '.join(others)}.")


def is_well(definition: Definition, observation: Observation) -> bool:
    """Tell whether nothing has to be done: it runs, or has come to the end that it should."""
    finished = definition.statement.kind is Kind.BOUNDED_JOB and observation.state in {ObservedState.FINISHED, ObservedState.GONE}
    return finished or observation.state in _WELL


def intention(observation: Observation) -> str:
    """Return what a run does about a statement that is not well."""
    # Flink restarts it from its last checkpoint all the time: submitting it once more would do the same.
    return "is left to Flink's restart strategy" if observation.state is ObservedState.RESTARTING else "will be repaired"


def rotation_remarks(definition: Definition, found: Rotation) -> Iterator[str]:
    """Yield what is said of a job whose secrets are not, or may not be, those that it was started with."""
    if found.changed:
        names = _listed("secret", found.changed)
        yield f"Statement {definition.name} is started again: the value of {names} changed, and its job has the former one."
    elif found.unknown:
        names = _listed("secret", found.unknown)
        yield (
            f"Statement {definition.name}: with which value of {names} its job was started is not known, so a change of it would not be "
            "noticed. That ends with its next start: set `-- running: false`, `up`, take the line away, `up`."
        )


def outcome(definition: Definition, deployed: Deployed) -> str:
    """Return what became of a job that was started or stopped."""
    if not definition.policy.running:
        return f"is paused, its state is kept at {deployed.savepoint}" if deployed.savepoint else "is paused and has no state"
    return f"goes on from {deployed.restored_from}" if deployed.restored_from else "starts without state"


def _listed(noun: str, names: Sequence[str]) -> str:
    return f"{noun} {names[0]}" if len(names) == 1 else f"{noun}s {', '.join(names[:-1])} and {names[-1]}"


def reached(definition: Definition) -> str:
    """Return the condition of a statement that was just brought where it should be."""
    if not definition.policy.running:
        return "paused"
    return {Kind.CATALOG_OBJECT: "defined", Kind.JOB: "running", Kind.BOUNDED_JOB: "finished"}[definition.statement.kind]
