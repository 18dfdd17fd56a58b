"""`clean`: what is removed, what is kept, and that no stack loses the state that knows its resources."""

import json
from pathlib import Path

import pytest

from tests.support.project import ProjectCopy
from tests.support.situations import quiet_project, refused

URN = "urn:pulumi:{stack}::flink-reviews::"


def checkpoint(folder: Path, stack: str, *kinds: str) -> Path:
    """Write a stack's state as the CLI lays it out."""
    resources = [{"urn": f"{URN.format(stack=stack)}{kind}::one", "type": kind, "custom": True} for kind in kinds]
    file = folder / ".pulumi" / "stacks" / "flink-reviews" / f"{stack}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}), encoding="utf-8")
    return file


@pytest.fixture
def copy(tmp_path: Path) -> ProjectCopy:
    made = quiet_project(tmp_path)
    (made.data / "kafka").mkdir(parents=True)
    (made.data / "answers").mkdir()
    (made.data / "answers" / "ledger.sqlite").touch()
    (made.data / "notes of mine").touch()
    return made


def test_data_goes_while_state_paid_answers_and_what_is_not_ours_stay(copy: ProjectCopy) -> None:
    state = checkpoint(copy.state, "local")
    said = copy.succeed("clean").said
    assert sorted(entry.name for entry in copy.data.iterdir()) == ["answers", "notes of mine"]
    assert state.exists()
    assert "the model's answers, which are not paid for again" in said


@pytest.mark.parametrize(
    ("place", "stack"),
    [
        pytest.param(".state", "local", id="the stack of the command"),
        pytest.param(".state", "dev", id="another stack"),
        pytest.param(".state", "mine", id="a stack whose settings file is not here"),
        pytest.param(".data/state", "local", id="where an earlier version kept the state"),
        pytest.param(".data/state", "dev", id="another stack, where an earlier version kept the state"),
    ],
)
def test_a_stack_with_resources_is_named_and_nothing_is_removed(place: str, stack: str, copy: ProjectCopy) -> None:
    checkpoint(copy.folder / place, stack, "pulumi:pulumi:Stack", "pulumi-python:dynamic/kafka:Topic")
    refused(copy.run("clean"), f"nothing was removed: stack {stack} has 1 resource", "--stack <stack> down")
    assert (copy.data / "kafka").is_dir()
    assert (copy.data / "answers" / "ledger.sqlite").exists()


def test_a_state_that_cannot_be_read_counts(copy: ProjectCopy) -> None:
    checkpoint(copy.state, "local").write_text("{", encoding="utf-8")
    refused(copy.run("clean"), "stack local has a state that cannot be read")
    assert (copy.data / "kafka").is_dir()
