"""Whether a stage runs a bundle as it is, and runs it well: read from its state, and seen in its Flink where that can be reached."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.access import Access
from components.providers.definitions import definition_of, deployed_of
from components.providers.messages import is_well
from components.recorded_bundle import Recorded, recorded_entries, recorded_statements
from flinksql.flink.gateway import GatewayClient
from flinksql.sql import Bundle
from flinksql.sql.bundle import portable
from flinksql.sql.prompts import PREFIX
from flinksql.statements import Observation, StatementLifecycle
from platforms.registry import platform_running
from settings import Settings

_WELL = ("running", "defined", "finished", "paused", "starting")
"""How a condition begins that was recorded of a statement that was well."""


def differing(bundle: Bundle, resources: Recorded) -> tuple[str, ...]:
    """Return the statements and prompts of a bundle that a stack's state does not have as they are here, and those that it has besides."""
    recorded = recorded_entries(resources)
    named = recorded_statements(resources)
    found = [name for name, entry in bundle.entries.items() if name not in recorded or portable(recorded[name]) != portable(entry)]
    found += [name for name in named if name not in bundle.entries]
    prompts = {name.removeprefix(PREFIX): text for name, text in bundle.prompts.items()}
    found += [f"prompt {name}" for name, text in prompts.items() if _used_otherwise(named.values(), PREFIX + name, text)]
    return tuple(sorted(set(found)))


def unhealthy(settings: Settings, outputs: Mapping[str, Any], resources: Recorded) -> dict[str, str]:
    """Return the state of each statement of a stack that is not well, by statement.

    What runs there is looked at where the stack's platform can be reached from here; else what was recorded of it counts.
    """
    statements = recorded_statements(resources)
    if not statements:
        return {}
    access = platform_running(outputs, settings).connect_to_stage(outputs)
    if access is None:
        conditions = {name: str(one.get("condition") or "unknown") for name, one in statements.items()}
        return {name: condition for name, condition in conditions.items() if not condition.startswith(_WELL)}
    return unwell(access, statements)


def unwell(access: Access, statements: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the state of each recorded statement whose job is not well now, by statement: `unknown` where Flink does not answer."""
    lifecycle = StatementLifecycle(GatewayClient(access.gateway), access.quick_jobmanager(), settings=access.lifecycle_settings())
    found: dict[str, str] = {}
    for name, one in statements.items():
        definition = definition_of(dict(one))
        observation = lifecycle.observe(definition, deployed_of(dict(one)))
        if not is_well(definition, observation):
            found[name] = _state(observation)
    return found


def _state(observation: Observation) -> str:
    """Return a state in one line. A cause may quote a row, so `status` there tells it to those who may see it."""
    return str(observation.state)


def _used_otherwise(statements: Iterable[Mapping[str, Any]], parameter: str, text: str) -> bool:
    given = ((one.get("parameters") or {}).get(parameter) for one in statements)
    return any(value is not None and value != text for value in given)
