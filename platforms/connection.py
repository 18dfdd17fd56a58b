"""What this project's own resources name as their connection: it follows the stack's configuration (components.connection)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pulumi.dynamic import ConfigureRequest

from components.access import Access
from components.connection import STACK_ID
from platforms.registry import platform_of
from settings.configuration import settings_of_provider


def configured(request: ConfigureRequest, given: Mapping[str, Any] = MappingProxyType({})) -> Access:
    """Return the access to the platform of the configuration that a provider process was given. Raises SettingsError.

    `given` is the connection: the id of a stack that shares its Flink, and what another stack says of the platform.
    """
    settings = settings_of_provider(request, {str(key): str(value) for key, value in (given.get("settings") or {}).items()})
    stack_id = str(given.get("stack_id") or "")
    return platform_of(settings).connect({STACK_ID: stack_id} if stack_id else None)
