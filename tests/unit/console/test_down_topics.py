"""What `down` removes of a broker's folder where no broker ran to delete topics: the stack's own, and only when nothing else lies in it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from console.commands.down import _own_topics
from console.project import Project
from embedded.kafka import topics_in
from flinksql.kafka.ownership import OWNERS
from platforms.embedded.down import remove_topics

OWN = frozenset({"product_reviews", "product-review.summary"})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    return Project(root=tmp_path, stack="local", data_folder=tmp_path / "data", values={}, secrets=frozenset())


def partitions(project: Project, names: Sequence[str]) -> Path:
    folder = project.data_folder / "kafka"
    for name in ("__consumer_offsets-0", "__cluster_metadata-0", "meta.properties", *names):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("names", "stays", "is_said"),
    [
        pytest.param(["product_reviews-0", "product-review.summary-1", f"{OWNERS}-0"], False, False, id="only its own are left"),
        pytest.param(["product_reviews-0", "theirs-0"], True, True, id="one of somebody else is left too"),
        pytest.param(["theirs-0"], True, False, id="its own were deleted, those of others are left"),
        pytest.param(["product_reviews-0.1234abcd-delete"], True, False, id="the broker came back and is deleting"),
        pytest.param([], True, False, id="none is left"),
    ],
)
def test_the_folder_goes_only_with_what_is_the_stacks_own(project: Project, names: list[str], stays: bool, is_said: bool) -> None:
    folder = partitions(project, names)
    told: list[str] = []
    remove_topics(project.data_folder, OWN, told.append)
    assert folder.exists() is stays
    assert bool(told) is is_said
    assert all("theirs" in one and "product_reviews" in one for one in told)


def test_topics_are_read_from_the_folders_of_their_partitions(project: Project) -> None:
    assert topics_in(partitions(project, ["a-b-0", "a-b-11", "c.d_e-2"])) == {"a-b", "c.d_e"}
    assert topics_in(project.data_folder / "nowhere") == frozenset()


def test_the_stacks_own_topics_are_those_that_its_state_says_it_made(project: Project) -> None:
    recorded: list[dict[str, Any]] = [
        {"topic": "made", "owned": True},
        {"topic": "foreign", "owned": False},
        {"topic": "made_by_an_earlier_version"},
    ]
    resources = [{"type": "pulumi-python:dynamic/kafka:Topic", "outputs": one} for one in recorded]
    checkpoint = project.root / "state" / ".pulumi" / "stacks" / "flink-reviews" / "local.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}), encoding="utf-8")
    assert _own_topics(project) == {"made", "made_by_an_earlier_version"}
