"""The project whose settings these are."""

from pathlib import Path

PROJECT = "flink-reviews"
"""The name in Pulumi.yaml, and the namespace of its configuration keys."""

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
