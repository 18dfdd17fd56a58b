"""Somebody else's Pulumi program: three components and two statements, and nothing of this project's settings."""

import ast
from pathlib import Path

import pytest

from components.connection import OWN
from components.stack_state import IDENTITY_TYPE
from flinksql.errors import BundleError
from tests.program.recorder import STACK_ID, Declaration, run_program

FOREIGN = Path(__file__).parents[1] / "foreign"
ADDRESSES = {"gateway": "https://gateway:8083", "jobManager": "https://jobs:8081", "kafka": "kafka:9092", "certificate": "/c.pem"}
CONNECTION = {
    "gateway_url": "https://gateway:8083",
    "jobmanager_url": "https://jobs:8081",
    "kafka_bootstrap": "kafka:9092",
    "certificate": "/c.pem",
}


@pytest.fixture(scope="module")
def declared() -> Declaration:
    return run_program(ADDRESSES, stack="dev", folder=FOREIGN)


def test_it_takes_only_components_from_this_project_and_fits_on_a_screen() -> None:
    text = (FOREIGN / "__main__.py").read_text(encoding="utf-8")
    imported = {one.module for one in ast.walk(ast.parse(text)) if isinstance(one, ast.ImportFrom)}
    assert imported == {"components"}
    assert len(text.splitlines()) <= 48


def test_everything_names_its_connection_and_none_follows_this_projects_settings(declared: Declaration) -> None:
    made = [one for kind in ("kafka:Topic", "flinksql:Statement") for one in declared.of_type(kind).values()]
    assert len(made) == 2 + 5
    assert [one.name for one in made if one.inputs["connection"] != CONNECTION] == []
    assert OWN.to_inputs() != CONNECTION
    assert declared.of_type("flinksql:OrphanedJobs") == {}, "other statements of the program would look like orphans to it"


def test_jobs_bear_the_name_of_their_own_project(declared: Declaration) -> None:
    statements = declared.of_type("flinksql:Statement")
    assert statements["taken"].inputs["job_name"] == "orders/dev/taken"
    assert statements["counts"].inputs["parameters"]["job_name"] == "orders/dev/counts"
    assert [one["name"] for one in statements["taken"].inputs["closure"]] == ["orders", "placed"]


def test_a_statement_waits_for_its_topic_and_a_topic_for_who_the_stack_is(declared: Declaration) -> None:
    statements, topics = declared.of_type("flinksql:Statement"), declared.of_type("kafka:Topic")
    [identity] = declared.of_type("stack:Identity").values()
    assert identity.type == IDENTITY_TYPE
    assert {topic.inputs["stack_id"] for topic in topics.values()} == {STACK_ID}
    assert {topic.inputs["stack"] for topic in topics.values()} == {"orders/dev"}
    assert all(identity.urn in declared.before(topic.urn) for topic in topics.values())
    assert topics["orders"].urn in statements["taken"].below
    assert {topics["orders"].urn, topics["totals"].urn} <= declared.before(statements["counts"].urn)


def test_a_refusal_of_a_statement_of_its_own_ends_the_preview_at_once() -> None:
    """Nobody gathers the refusals of statements outside a pipeline: their check fails by itself."""
    previewed = run_program(ADDRESSES, stack="dev", folder=FOREIGN, preview=True)
    statements = previewed.of_type("flinksql:Statement")
    assert "problem" not in statements["taken"].inputs
    assert "problem" in statements["counts"].inputs


def test_a_mistake_in_its_sql_names_the_place(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_text((FOREIGN / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "counts.sql").write_text("INSERT INTO nowhere SELECT a FROM orders", encoding="utf-8")
    with pytest.raises(BundleError, match=r"sql/counts\.sql:1:1"):
        run_program(ADDRESSES, stack="dev", folder=tmp_path)
