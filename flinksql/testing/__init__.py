"""Unit tests of streaming SQL on a real Flink: a file of rows in and rows out beside the statements.

Sources, sinks and models are replaced by files and a table of answers under the same names and columns; the statement's text is the one
that is deployed. Nothing else is needed: no Kafka, no model, no container.
"""

from flinksql.testing.flink import TestFlink
from flinksql.testing.reading import Test, read_test_file, read_tests
from flinksql.testing.running import Laboratory, Outcome, Verdict
from flinksql.testing.suite import chosen, laboratory, run_tests

__all__ = ["Laboratory", "Outcome", "Test", "TestFlink", "Verdict", "chosen", "laboratory", "read_test_file", "read_tests", "run_tests"]
