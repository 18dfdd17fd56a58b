"""docs/statements.md says what the code does: its tables are compared with those in the code."""

import re

import pytest

from components.names import PROJECT_FOLDER
from components.providers import inputs
from components.providers.inputs import Change
from flinksql.sql.header import KEYS

DOCUMENT = (PROJECT_FOLDER / "docs" / "statements.md").read_text(encoding="utf-8")
TABLES = {
    "statement": inputs.STATEMENT,
    "policy": inputs.POLICY,
    "topic": inputs.TOPIC,
    "service": inputs.SERVICE,
    "artifacts": inputs.ARTIFACTS,
    "supervisor": inputs.SUPERVISOR,
    "model": inputs.MODEL,
    "foundation": inputs.FOUNDATION,
    "identity": inputs.IDENTITY_INPUTS,
    "namespace claim": inputs.NAMESPACE_CLAIM,
    "destroy guard": inputs.DESTROY_GUARD,
    "topic release": inputs.TOPIC_RELEASE,
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first column has this heading, backticks left out."""
    table = DOCUMENT[DOCUMENT.index(f"| {heading} |") :].split("\n\n", 1)[0]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_option_of_a_header_is_described_and_no_other() -> None:
    assert [row[0] for row in rows("option")] == list(KEYS)


def test_every_input_is_described_with_its_class_and_no_other() -> None:
    described = {(resource, name): change for resource, name, change, *_remark in rows("resource")}
    known = {(resource, name): str(change) for resource, table in TABLES.items() for name, change in table.items()}
    assert described == known


def test_every_class_is_explained() -> None:
    assert [row[0] for row in rows("class")] == [str(change) for change in Change]


@pytest.mark.parametrize("file", [pytest.param(file, id=file) for file in re.findall(r"\]\(([^)#]+)\)", DOCUMENT)])
def test_what_it_links_to_is_there(file: str) -> None:
    assert (PROJECT_FOLDER / "docs" / file).exists()
