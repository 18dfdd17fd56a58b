"""What is known of connectors stands in one table, so that a new one is a row and not a search through the code."""

import ast
from pathlib import Path

import pytest

from flinksql.sql.connectors import CONNECTORS, Kept, connector_of, is_on_kafka

REPOSITORY = Path(__file__).resolve().parents[4]
FOLDERS = ("flinksql", "components", "platforms", "console", "settings")
TABLE = Path("flinksql/sql/connectors.py")


def test_a_connector_without_a_row_has_no_topics_and_an_unknown_state() -> None:
    unknown = connector_of({"connector": "pulsar", "topic": "orders"})
    assert not is_on_kafka({"connector": "pulsar", "topic": "orders"})
    assert (unknown.name, unknown.kept, unknown.has_changelog) == ("pulsar", Kept.UNKNOWN, False)


@pytest.mark.parametrize("connector", [one for one in CONNECTORS.values() if one.kept is Kept.LIKE_KAFKA], ids=lambda one: one.name)
def test_only_what_lies_on_topics_keeps_offsets_of_topics(connector: object) -> None:
    assert connector in [one for one in CONNECTORS.values() if one.on_kafka]


def test_no_other_module_names_the_connectors_of_kafka() -> None:
    named = {
        path.relative_to(REPOSITORY)
        for folder in FOLDERS
        for path in (REPOSITORY / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "upsert-kafka"
    }
    assert named == {TABLE}
