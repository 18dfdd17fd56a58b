"""What this project's own resources name as their connection: it follows the stack's configuration (components.connection)."""

from pulumi.dynamic import ConfigureRequest

from components.access import Access
from platforms.registry import platform_of
from settings.configuration import settings_of_provider


def configured(request: ConfigureRequest) -> Access:
    """Return the access to the platform of the configuration that a provider process was given. Raises SettingsError."""
    return platform_of(settings_of_provider(request)).connect()
