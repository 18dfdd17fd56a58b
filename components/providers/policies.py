"""A statement's policy as Pulumi's plain values and back."""

from dataclasses import asdict, fields, replace
from enum import StrEnum
from typing import Any

from components.providers.properties import Properties
from flinksql.policy import Policy
from flinksql.statement import Definition, Deployed
from flinksql.statements import Observation, ObservedState

_RUNS = frozenset({ObservedState.RUNNING, ObservedState.STARTING, ObservedState.RESTARTING})


def plain_policy(policy: Policy) -> dict[str, Any]:
    """Return the input `policy` of a statement's resource."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(policy).items()}


def policy_of(plain: object) -> Policy:
    """Read the input; what is left out, as in a state of an older version, is as by default."""
    given = plain if isinstance(plain, dict) else {}
    default = Policy()
    parts: dict[str, Any] = {field.name: _read(given.get(field.name), getattr(default, field.name)) for field in fields(Policy)}
    return Policy(**parts)


def _read(value: object, default: bool | float | str) -> bool | float | str:  # noqa: FBT001
    """Return a part as the type of its default: what is empty, or neither true nor false, is as by default."""
    if isinstance(default, bool):
        return value if isinstance(value, bool) else default
    return type(default)(str(value or default))


def without_spent(policy: Policy, deployed: Deployed) -> Policy:
    """Return the policy without a `restore_from` that a job was started from already: with the line or without it nothing is to be done."""
    spent = policy.restore_from and policy.restore_from == deployed.restore_used
    return replace(policy, restore_from="") if spent else policy


def refused_restore(definition: Definition, observation: Observation) -> str:
    """Return why a job that runs is not started from another place, empty when it does not run."""
    if observation.state not in _RUNS:
        return ""
    return (
        f"{definition.statement.file}: `restore_from` is for a job that does not run, and job {observation.job_id} of {definition.name} "
        f"is {observation.state}: what it has done since would be done again. Remove the line; or stop the job first, with "
        "`-- running: false` and `up`, and then put this line in its place"
    )


def refused_adoption(olds: Properties, definition: Definition) -> str:
    """Return why a statement that exists cannot adopt a job now, empty when it does not ask for it or asked from the beginning."""
    wanted = definition.policy.adopt_job
    if not olds or not wanted or policy_of(olds.get("policy")).adopt_job == wanted:
        return ""
    return (
        f"{definition.statement.file}: `adopt_job` is for a new statement, and {definition.name} has a job of its own already: two jobs "
        "would do the same. Remove the line; or take the file away, run `up`, and bring it back with the line"
    )


def refused_namesake(definition: Definition, job_id: str) -> str:
    """Return why a statement gets no job beside one of its name that this stack did not submit."""
    return (
        f"{definition.statement.file}: job {job_id} runs under the name {definition.job_name} on that Flink, and this stack did not submit "
        "it: another stack of this name, with a state of its own, uses the same Flink. Give this stack another name; or end that job "
        f"where it was started; or take it over with `-- adopt_job: {job_id}`"
    )
