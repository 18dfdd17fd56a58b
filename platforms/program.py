"""The program: settings, platform, pipeline, outputs. `__main__.py` and the console run the same function."""

import pulumi

from components.broker_options import transaction_remarks
from components.parameters import ignored_parameters, load_bundle
from components.providers.tenants import Tenants
from components.public_topics import require_contracts
from components.shared_ids import shared_group_remarks
from components.stack_state import own_state
from flinksql.errors import BundleError
from flinksql.sql import Bundle
from platforms.base import Platform
from platforms.exports import exports
from platforms.hosting_stack import hosted_settings
from platforms.pipeline import OwnPipeline, definitions
from platforms.previous_stage import promotion_of
from platforms.registry import platform_of
from platforms.secret_values import secret_of
from settings import Settings, SettingsError
from settings.configuration import settings_of_program
from settings.stack import TESTS_REQUIRED

PROMOTED_FROM = "promotedFrom"
"""The output of a promoted stack that says which version of which stage it runs, and who overrode what."""


def program() -> None:
    """Declare the whole stack.

    Raises SettingsError, BundleError, UntestedError or RunError (a refused promotion) before the first resource, so that a mistake leaves
    nothing half-done.
    """
    settings = settings_of_program(hosted_settings)
    platform = platform_of(settings)
    bundle = checked_bundle(settings, pulumi.get_stack(), platform)
    endpoints = platform.endpoints()
    if settings.schema_registry.url:
        _require_schemas(bundle, settings)
    for remark in [
        *ignored_parameters(settings, bundle),
        *shared_group_remarks(bundle, endpoints),
        *transaction_remarks(bundle, endpoints),
    ]:
        pulumi.log.info(remark)
    state = own_state()
    require_contracts(bundle, state.resources)
    promotion = promotion_of(settings, bundle, state, images=platform.runs_in_images)
    if settings.tests == TESTS_REQUIRED:
        from components.sql_tests.gate import require_tests  # noqa: PLC0415  # for those who ask for it

        require_tests(settings, bundle, definitions(settings, bundle, pulumi.get_stack()), state)
    resources = platform.declare(bundle, state, promotion)
    pipeline = OwnPipeline(settings, bundle, resources, state)
    guard = resources.guard(pipeline)
    if settings.bundle.runs_elsewhere:
        above = [pipeline, *resources.ready, *([guard] if guard else [])]
        Tenants(connection=resources.connection, opts=pulumi.ResourceOptions(depends_on=above))
    for name, value in exports(platform, bundle, resources, pipeline).items():
        pulumi.export(name, value)
    if promotion:
        pulumi.export(PROMOTED_FROM, promotion.record())


def _require_schemas(bundle: Bundle, settings: Settings) -> None:
    """Raise BundleError for sinks whose schemas the stack's registry refuses."""
    from components.schema_registries import judged_sinks  # noqa: PLC0415  # for those who have one

    judged = judged_sinks(bundle, settings, secret_of(settings))
    if judged.problems:
        raise BundleError(judged.problems)
    for remark in judged.remarks:
        pulumi.log.warn(remark)


def checked_bundle(settings: Settings, stack: str, platform: Platform | None = None) -> Bundle:
    """Read the bundle, after everything that can be known to be wrong without running anything.

    Raises SettingsError for a platform that cannot be used, a data folder in which another stack runs, jobs that find no room, and a model
    that was not evaluated as the stage wants it; BundleError for the SQL files.
    """
    platform = platform or platform_of(settings)
    platform.require_usable(stack)
    if settings.promoted_from == stack:
        raise SettingsError([f"promotion.from is {stack}, this very stack: name the stage before it, or remove the key in the first stage"])
    if settings.bundle.runs_elsewhere:
        platform.hosted()
    bundle = load_bundle(settings, platform.endpoints(), parser=platform.parser)
    platform.require_capacity(bundle, definitions(settings, bundle, stack))
    if settings.evaluation.minimum:
        from components.evaluations import require_evaluated  # noqa: PLC0415  # for those who ask for it

        require_evaluated(settings, bundle, stack)
    return bundle
