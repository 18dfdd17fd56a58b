"""A job whose last state cannot be found is known only when it is to be started: an approval lets it start without state, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from components.approval_store import Approval
from components.providers.approvals import Gate
from components.providers.properties import Properties
from flinksql.errors import StateNotFoundError
from flinksql.statement import Definition, Deployed

_VERDICT = "unknown: the last state of its job cannot be found"
_CONSEQUENCE = "the job starts without state, and reads everything again"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The definition to bring to Flink, and who approved that its state is given up."""

    definition: Definition
    approval: Approval | None


@contextmanager
def loss_allowed(gate: Gate, olds: Properties, new: Definition, deployed: Deployed) -> Iterator[Allowed]:
    """Let the job start without state where exactly that was approved; else the error tells how to approve it."""
    change = gate.planned(olds, new, verdict=_VERDICT, consequence=_CONSEQUENCE, job_id=deployed.job_id)
    approval = gate.approval(change)
    given_up = replace(new, policy=replace(new.policy, allow_state_reset=True)) if approval else new
    try:
        yield Allowed(definition=given_up, approval=approval)
    except StateNotFoundError as error:
        gate.ask(change)
        raise StateNotFoundError(f"{error}\n  To start it without state this once, {gate.how(change)}") from error
