"""What a stack's configuration says: declared once, read once. Pulumi is known to `settings.configuration` only."""

from settings.errors import SettingsError
from settings.kubernetes import ClusterSettings, KafkaKind
from settings.stack import BundleSettings, PlatformKind, Settings, parse_settings

__all__ = ["BundleSettings", "ClusterSettings", "KafkaKind", "PlatformKind", "Settings", "SettingsError", "parse_settings"]
