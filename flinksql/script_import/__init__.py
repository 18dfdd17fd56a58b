"""A script of many statements, as a SQL client takes it, turned into a bundle: one file a statement. No network, no Flink."""

from flinksql.script_import.convert import convert
from flinksql.script_import.outcome import Conversion, Fate, Outcome

__all__ = ["Conversion", "Fate", "Outcome", "convert"]
