"""The program: settings, platform, pipeline, outputs. `__main__.py` and the console run the same function."""

from dataclasses import replace

import pulumi

from components.embedded_platform import EmbeddedPlatform
from components.endpoints import endpoints_of
from components.exports import exports
from components.names import stack_mark
from components.own_folder import require_own_folder
from components.parameters import ignored_parameters, load_bundle
from components.pipeline import Pipeline, definitions
from components.platform import Platform
from components.providers.stack_identity import Identity
from components.stack_state import OwnState, own_state
from flinksql.sql import Bundle
from settings import PlatformKind, Settings
from settings.configuration import settings_of_program


def program() -> None:
    """Declare the whole stack.

    Raises SettingsError or BundleError before the first resource, so that a mistake leaves nothing half-done.
    """
    settings = settings_of_program()
    bundle = checked_bundle(settings, pulumi.get_stack())
    for remark in ignored_parameters(settings, bundle):
        pulumi.log.info(remark)
    state = own_state()
    platform = _platform(settings, bundle, state)
    pipeline = Pipeline(settings, bundle, platform, state)
    platform.guard(pipeline)
    for name, value in exports(settings, bundle, platform, pipeline).items():
        pulumi.export(name, value)


def checked_bundle(settings: Settings, stack: str) -> Bundle:
    """Read the bundle, after everything that can be known to be wrong without running anything.

    Raises SettingsError for a platform that cannot be used, a data folder in which another stack runs, jobs that find no room, and a model
    that was not evaluated as the stage wants it; BundleError for the SQL files.
    """
    if settings.platform is PlatformKind.KUBERNETES:
        from components.kubernetes.prerequisites import require_deployable  # noqa: PLC0415  # see _platform

        require_deployable(settings, stack)
    else:
        require_own_folder(settings, stack)
    bundle = load_bundle(settings, endpoints_of(settings))
    definitions(settings, bundle, stack)
    if settings.evaluation.minimum:
        from components.evaluations import require_evaluated  # noqa: PLC0415  # for those who ask for it

        require_evaluated(settings, bundle, stack)
    return bundle


def _platform(settings: Settings, bundle: Bundle, state: OwnState) -> Platform:
    if settings.platform is PlatformKind.EMBEDDED:
        platform = EmbeddedPlatform(settings).platform
        identity = Identity(stack_mark(pulumi.get_stack()), state.stack_id)
        return replace(platform, broker=(*platform.broker, identity), stack_id=state.stack_id)
    # Its libraries take a second to load, which the embedded platform is spared.
    from components.kubernetes.platform import declare_platform  # noqa: PLC0415

    return declare_platform(settings, bundle, state)
