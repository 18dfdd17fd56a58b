"""The files of a file backend, which the driver reads without the CLI."""

from pathlib import Path

import pytest

from components.names import PIPELINE_TYPE
from console.driver.backend import file_backend, parse_deployment
from tests.unit.console.engine_steps import JOB, KIND, STACK


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("file:///a/b", "/a/b/.pulumi/stacks/flink-reviews/local.json", id="folder"),
        pytest.param("file:///a%20b", "/a b/.pulumi/stacks/flink-reviews/local.json", id="space"),
        pytest.param("s3://bucket", None, id="bucket"),
        pytest.param("https://api.example.org", None, id="service"),
    ],
)
def test_only_a_folder_is_read_as_files(url: str, expected: str | None) -> None:
    backend = file_backend(url, "local")
    assert (str(backend.checkpoint) if backend else None) == expected


def test_what_the_pipeline_tells_belongs_to_the_stacks_outputs() -> None:
    pipeline = {"urn": "urn:pulumi:x", "type": PIPELINE_TYPE, "outputs": {"hash": "1", "details": {"topics": {"a": {}}}}}
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"schemaVersion": 2}}
    assert parse_deployment({"resources": [stack, pipeline]}).outputs == {"schemaVersion": 2, "topics": {"a": {}}}


def test_a_stack_without_outputs_of_its_own_has_none() -> None:
    """Its last run did not come to its end, whatever the pipeline says."""
    pipeline = {"urn": "urn:pulumi:x", "type": PIPELINE_TYPE, "outputs": {"details": {"topics": {}}}}
    assert parse_deployment({"resources": [{"urn": STACK, "type": "pulumi:pulumi:Stack"}, pipeline]}).outputs == {}


def test_a_deployment_tells_outputs_and_interrupted_creations_once_each() -> None:
    pending = {"type": "creating", "resource": {"urn": JOB, "type": KIND}}
    state = parse_deployment(
        {
            "resources": [
                {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": {"schemaVersion": 1}},
                {"urn": JOB, "type": KIND, "custom": True},
            ],
            "pending_operations": [pending, pending, {"type": "updating", "resource": {"urn": STACK, "type": ""}}],
        }
    )
    assert state.pending_creates == (JOB,)
    assert state.outputs == {"schemaVersion": 1}
    assert state.root is not None
    assert [resource.name for resource in state.resources] == ["flink-reviews-local", "summaries"]


@pytest.mark.parametrize(
    "text", [pytest.param("", id="empty"), pytest.param('{"checkpoint": ', id="cut-off"), pytest.param("[]", id="no-object")]
)
def test_a_damaged_state_exists_and_says_nothing(tmp_path: Path, text: str) -> None:
    backend = file_backend(tmp_path.as_uri(), "local")
    assert backend is not None
    backend.checkpoint.parent.mkdir(parents=True)
    backend.checkpoint.write_text(text)
    assert backend.exists()
    assert backend.state() is None
