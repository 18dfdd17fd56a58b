"""What a stack's configuration says: declared once, read once. Pulumi is known to `settings.configuration` only."""

from settings.errors import SettingsError
from settings.kubernetes import LOCAL, ClusterSettings, KafkaKind
from settings.reading import parse_settings, read_data_folder
from settings.stack import BundleSettings, PlatformKind, Settings

__all__ = [
    "LOCAL",
    "BundleSettings",
    "ClusterSettings",
    "KafkaKind",
    "PlatformKind",
    "Settings",
    "SettingsError",
    "parse_settings",
    "read_data_folder",
]
