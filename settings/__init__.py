"""What a stack's configuration says: declared once, read once. Pulumi is known to `settings.configuration` only."""

from settings.errors import SettingsError
from settings.kafka import Authentication, KafkaKind
from settings.kubernetes import ANY_NODE, LOCAL, ONE_NODE, ClusterSettings
from settings.reading import parse_settings, read_data_folder
from settings.stack import BundleSettings, PlatformKind, Settings

__all__ = [
    "ANY_NODE",
    "LOCAL",
    "ONE_NODE",
    "Authentication",
    "BundleSettings",
    "ClusterSettings",
    "KafkaKind",
    "PlatformKind",
    "Settings",
    "SettingsError",
    "parse_settings",
    "read_data_folder",
]
