"""What `doctor` says of a platform that somebody else runs."""

from collections.abc import Iterator

from flinksql.errors import FlinkSqlError
from flinksql.flink.gateway import GatewayClient
from platforms.base import Platform
from platforms.errors import PlatformError
from platforms.external.factories import ADD_JAR, missing_factories, reads_its_plans
from platforms.external.prerequisites import examine
from platforms.finding import Finding
from platforms.program import checked_bundle
from platforms.state import StackOnDisk
from settings.errors import SettingsError


def check_platform(platform: Platform, stack: StackOnDisk) -> Iterator[Finding]:
    """Yield each finding. Changes nothing and never raises."""
    access = platform.connect()
    reached = True
    for one in examine(platform.settings, access):
        reached = reached and not one.stops_up
        yield one
    if not reached:
        return
    try:
        if not platform.settings.external.plans_folder and not reads_its_plans(GatewayClient(access.gateway)):
            yield Finding(
                subject="Flink",
                ok=False,
                blocks=False,
                what="the SQL Gateway has no connector 'filesystem': what a change does to state is unknown, and each asks for approval",
                fix="ask for flink-connector-files in its `lib`, or name a folder that both reach with `external.plansFolder`",
            )
        lacking = missing_factories(GatewayClient(access.gateway), checked_bundle(platform.settings, stack.name, platform))
    except (FlinkSqlError, SettingsError, PlatformError):
        return  # the bundle's own checks say what is wrong with it
    if not lacking:
        yield Finding(subject="Flink", ok=True, what="the SQL Gateway has every connector and format of the bundle")
    for missing in lacking:
        yield Finding(subject="Flink", ok=False, what=f"{missing.file}: the Flink has no {missing.what}", fix=ADD_JAR)
