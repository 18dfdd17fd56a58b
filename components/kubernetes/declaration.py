"""The Kubernetes platform as the program declares it: what it takes from configuration and from the stage before."""

import pulumi

from components.kubernetes.operator_chart import operator_chart
from components.kubernetes.platform import KubernetesPlatform
from components.kubernetes.stage import StageBefore
from components.names import PROJECT
from components.platform import Platform
from components.promotion import Wanted
from components.settings import Settings
from components.settings_keys import API_KEY, FALLBACK_API_KEY
from flinksql.bundle import Bundle


def declare_platform(settings: Settings, bundle: Bundle) -> Platform:
    """Declare the platform. Raises SettingsError when the operator's chart cannot be had."""
    chart = operator_chart(settings)
    api_key = pulumi.Config(PROJECT).require_secret(API_KEY) if settings.has_api_key else None
    fallback = pulumi.Config(PROJECT).require_secret(FALLBACK_API_KEY) if settings.has_fallback_api_key else None
    before = _before(settings, bundle)
    return KubernetesPlatform(settings, chart, before=before, api_key=api_key, fallback_api_key=fallback).platform


def _before(settings: Settings, bundle: Bundle) -> StageBefore | None:
    name = settings.kubernetes.promoted_from
    wanted = Wanted(bundle=settings.bundle.name, bundle_hash=bundle.hash, flink_line=settings.flink.line)
    return StageBefore(name, wanted) if name else None
