"""Which platforms there are, and which one a stack runs on. The only place that asks."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from components.endpoints import Endpoints
from platforms.base import Platform
from settings import PlatformKind, Settings, SettingsError

PLATFORMS: dict[str, str] = {
    PlatformKind.EMBEDDED: "platforms.embedded.platform:EmbeddedPlatform",
    PlatformKind.KUBERNETES: "platforms.kubernetes.platform:KubernetesPlatform",
    PlatformKind.EXTERNAL: "platforms.external.platform:ExternalPlatform",
}
"""By name, the class as `module:class`. A module is imported when its platform is chosen."""


def platform_of(settings: Settings) -> Platform:
    """Return the platform that the settings choose. Raises SettingsError for a name that no platform has."""
    return platform_class(settings.platform)(settings)


def platform_running(outputs: Mapping[str, Any], settings: Settings) -> Platform:
    """Return the platform that a stack runs on which is up: its outputs name it."""
    return platform_class(str(outputs.get("platform") or settings.platform))(settings)


def platform_named(values: Mapping[str, Any]) -> type[Platform]:
    """Return the class of the platform that outputs, or keys of a stack file, name. Those that cannot be used count as the default."""
    name = str(values.get("platform") or PlatformKind.EMBEDDED)
    return platform_class(name if name in PLATFORMS else PlatformKind.EMBEDDED)


def platform_class(name: str) -> type[Platform]:
    """Return a platform's class. Raises SettingsError for a name that no platform has."""
    if name not in PLATFORMS:
        raise SettingsError([f"platform is {name!r}: it must be {' or '.join(PLATFORMS)}"])
    module, _, made = PLATFORMS[name].partition(":")
    return cast("type[Platform]", getattr(import_module(module), made))


def endpoints_of(settings: Settings) -> Endpoints:
    """Return where the parts of the settings' platform answer."""
    return platform_of(settings).endpoints()
