"""Data tests on a running pipeline: queries over its tables that must give no row, run on a sample through the pipeline's SQL Gateway."""

from flinksql.data_checks.files import Check, read_checks
from flinksql.data_checks.running import CheckRunner, Result, Verdict

__all__ = ["Check", "CheckRunner", "Result", "Verdict", "read_checks"]
