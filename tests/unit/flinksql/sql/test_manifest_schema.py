"""The published schema is the models', and takes what the models take."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from flinksql.sql.manifest_schema import schema_text
from tests.support.project import REPOSITORY

PUBLISHED = REPOSITORY / "sql" / "bundle.schema.json"
VALIDATOR = Draft202012Validator(json.loads(PUBLISHED.read_text(encoding="utf-8")))
SHIPPED = sorted((REPOSITORY / "sql").glob("*/bundle.yaml"))


def test_the_published_schema_is_that_of_the_models() -> None:
    message = "run `python -m flinksql.sql.manifest_schema sql/bundle.schema.json`"
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), message


@pytest.mark.parametrize("file", [pytest.param(file, id=file.parent.name) for file in SHIPPED])
def test_a_shipped_manifest_names_the_schema_and_follows_it(file: object) -> None:
    text = REPOSITORY.joinpath(str(file)).read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../bundle.schema.json\n")
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    ("manifest", "right"),
    [
        pytest.param({}, True, id="empty"),
        pytest.param({"topics": {"a": {"config": {"retention.ms": 1, "x": True}}}}, True, id="values as YAML reads them"),
        pytest.param({"show": {"table": "t", "key": "id", "columns": ["a", {"value": "{b}"}]}}, True, id="texts for lists and objects"),
        pytest.param({"parameters": {"a": {"default": 1.5, "type": "number"}}}, True, id="a number"),
        pytest.param({"topic": {}}, False, id="an unknown key"),
        pytest.param({"parameters": {"a": {"type": "int"}}}, False, id="an unknown type"),
        pytest.param({"parameters": {"A": {}}}, False, id="a name in capitals"),
        pytest.param({"samples": [{"table": "t"}]}, False, id="no file"),
    ],
)
def test_the_schema_takes_what_the_models_take(manifest: dict[str, object], right: bool) -> None:
    assert VALIDATOR.is_valid(manifest) is right
