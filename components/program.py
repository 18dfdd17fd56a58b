"""The program: settings, platform, pipeline, outputs. `__main__.py` and the console run the same function."""

import pulumi

from components.configuration import settings_of_program
from components.embedded_platform import EmbeddedPlatform
from components.endpoints import embedded_endpoints
from components.errors import SettingsError
from components.exports import exports
from components.parameters import load_bundle
from components.pipeline import Pipeline, definitions
from components.settings import PlatformKind, Settings
from flinksql.bundle import Bundle


def program() -> None:
    """Declare the whole stack.

    Raises SettingsError or BundleError before the first resource, so that a mistake leaves nothing half-done.
    """
    settings = settings_of_program()
    bundle = checked_bundle(settings, pulumi.get_stack())
    platform = EmbeddedPlatform(settings).platform
    pipeline = Pipeline(settings, bundle, platform)
    for name, value in exports(settings, platform, pipeline).items():
        pulumi.export(name, value)


def checked_bundle(settings: Settings, stack: str) -> Bundle:
    """Read the bundle, after everything that can be known to be wrong without running anything.

    Raises SettingsError for a platform that is not there and for jobs that find no room, BundleError for the SQL files.
    """
    _refuse_kubernetes(settings)
    bundle = load_bundle(settings, embedded_endpoints(settings))
    definitions(settings, bundle, stack)
    return bundle


def _refuse_kubernetes(settings: Settings) -> None:
    if settings.platform is PlatformKind.KUBERNETES:
        only = "this version has the embedded platform only; Kubernetes comes with a later one"
        raise SettingsError([f"platform is 'kubernetes': {only}. Use the stack `local`, or `pulumi config set platform embedded`"])
