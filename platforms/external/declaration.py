"""What a stack declares below its pipeline where somebody else runs the platform: its identity, and nothing else."""

from pathlib import Path

import pulumi

from components.connection import Connection
from components.names import stack_mark
from components.platform import PlatformResources
from components.promotion_history import Promotion
from components.providers.stack_identity import Identity
from components.stack_state import OwnState
from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient
from flinksql.sql import Bundle, place_jars
from platforms.base import Platform
from platforms.errors import PlatformError, Reason
from platforms.external.factories import ADD_JAR, missing_factories
from platforms.external.prerequisites import unmet
from platforms.hosting import contract, handed_on


def declare_platform(platform: Platform, bundle: Bundle, state: OwnState, promotion: Promotion | None) -> PlatformResources:
    """Look at what others must provide, in a preview too, and declare the identity. Raises PlatformError with all that is missing."""
    settings, access = platform.settings, platform.connect()
    if bundle.jars:
        bring_functions(bundle, Path(settings.external.functions_folder))
    found = [f"{one.what}\n  → {one.fix}" for one in unmet(settings, access)] or _missing(GatewayClient(access.gateway), bundle)
    if found:
        raise PlatformError("\n".join(["the external platform is not ready for this stack:", *found]), reason=Reason.UNHEALTHY)
    hosted = bool(settings.external.stack)
    accepted = contract(settings) if hosted else None
    identity = Identity(stack_mark(pulumi.get_stack()), state.stack_id, accepted, promotion=promotion)
    return PlatformResources(
        endpoints=platform.endpoints(),
        stack_id=state.stack_id,
        broker=(identity,),
        planner=(identity,),
        ready=(identity,),
        connection=Connection(
            resolver="platforms.connection:configured", stack_id=state.stack_id, settings=handed_on(settings) if hosted else {}
        ),
    )


def bring_functions(bundle: Bundle, folder: Path) -> None:
    """Copy the jars of functions where the SQL Gateway reads them, in a preview too: the planner loads their classes.

    Raises PlatformError for a folder that cannot be written.
    """
    try:
        place_jars(bundle.jars, folder)
    except OSError as error:
        message = f"external.functionsFolder is {folder}: it cannot be written ({error.strerror}). Mount it, or name another folder"
        raise PlatformError(message, reason=Reason.UNHEALTHY) from error


def _missing(gateway: GatewayClient, bundle: Bundle) -> list[str]:
    try:
        lacking = missing_factories(gateway, bundle)
    except FlinkSqlError as error:
        return [str(error)]
    return [f"{one.file}: the Flink has no {one.what}\n  → {ADD_JAR}" for one in lacking]
