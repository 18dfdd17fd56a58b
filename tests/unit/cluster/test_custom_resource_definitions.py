"""The operator's definitions in a cluster: applied once, upgraded, never set back, removed only when nobody uses them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.api_server import connect
from cluster.custom_resource_definitions import CustomResourceDefinitions, DefinitionError, unknown_fields
from tests.fakes.kubernetes_api import CONTEXT, DEFINITIONS, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_stack import definition

NAME = "flinkdeployments.flink.apache.org"
PLURAL = "flinkdeployments"
OBJECTS = "/apis/flink.apache.org/v1beta1/flinkdeployments"


@pytest.fixture
def cluster() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as running:
        yield running


@pytest.fixture
def definitions(cluster: FakeKubernetes, tmp_path: Path) -> CustomResourceDefinitions:
    return CustomResourceDefinitions(api_server=connect(CONTEXT, str(cluster.kubeconfig(tmp_path))), wait=lambda _seconds: None)


def installed_by_somebody_else(cluster: FakeKubernetes, *fields: str) -> None:
    document: dict[str, Any] = definition(PLURAL, *fields)
    document["metadata"]["generation"] = 7
    cluster.put(DEFINITIONS, document)


def test_a_definition_that_is_not_there_is_none(definitions: CustomResourceDefinitions) -> None:
    assert definitions.find(NAME) is None


def test_an_applied_definition_says_where_it_came_from(definitions: CustomResourceDefinitions) -> None:
    applied = definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    assert definitions.find(NAME) == applied
    assert (applied.version, applied.digest, applied.generation) == ("1.15.0", "d1", 1)


def test_applying_the_same_again_changes_no_generation(definitions: CustomResourceDefinitions) -> None:
    first = definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    assert definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1") == first


def test_a_change_by_somebody_else_shows_in_the_generation(cluster: FakeKubernetes, definitions: CustomResourceDefinitions) -> None:
    first = definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    cluster.collections[DEFINITIONS][NAME]["metadata"]["generation"] += 1
    seen = definitions.find(NAME)
    assert seen is not None
    assert seen.generation != first.generation


def test_a_newer_version_of_ours_is_not_set_back(definitions: CustomResourceDefinitions) -> None:
    definitions.apply(definition(PLURAL, "image", "later"), version="1.16.0", digest="d2")
    with pytest.raises(DefinitionError, match=r"is of version 1\.16\.0, newer than 1\.15\.0") as caught:
        definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    assert "operator.chart" in caught.value.advice
    seen = definitions.find(NAME)
    assert seen is not None
    assert seen.version == "1.16.0"


def test_a_newer_version_with_the_very_same_definition_is_taken_back(definitions: CustomResourceDefinitions) -> None:
    """After a chart of another version whose operator did not start."""
    definitions.apply(definition(PLURAL, "image"), version="1.15.1", digest="d1")
    taken_back = definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    assert (taken_back.version, taken_back.digest) == ("1.15.0", "d1")


@pytest.mark.parametrize("version", [pytest.param("1.15.0", id="same version"), pytest.param("1.9.0", id="older, though not as a text")])
def test_an_older_version_of_ours_is_upgraded(definitions: CustomResourceDefinitions, version: str) -> None:
    definitions.apply(definition(PLURAL), version=version, digest="d0")
    applied = definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")
    assert (applied.version, applied.digest, applied.generation) == ("1.15.0", "d1", 2)


def test_one_that_somebody_else_put_there_is_taken_over_when_it_has_nothing_more(
    cluster: FakeKubernetes, definitions: CustomResourceDefinitions
) -> None:
    installed_by_somebody_else(cluster, "image")
    applied = definitions.apply(definition(PLURAL, "image", "flinkVersion"), version="1.15.0", digest="d1")
    assert applied.version == "1.15.0"


def test_one_that_somebody_else_put_there_with_more_fields_stays(cluster: FakeKubernetes, definitions: CustomResourceDefinitions) -> None:
    installed_by_somebody_else(cluster, "image", "shiny")
    with pytest.raises(DefinitionError, match=r"has fields that version 1\.15\.0 lacks: v1beta1\.spec\.shiny"):
        definitions.apply(definition(PLURAL, "image"), version="1.15.0", digest="d1")


def test_a_definition_with_objects_is_in_use(cluster: FakeKubernetes, definitions: CustomResourceDefinitions) -> None:
    definitions.apply(definition(PLURAL), version="1.15.0", digest="d1")
    cluster.put(OBJECTS, {"metadata": {"name": "theirs", "namespace": "other-team"}})
    assert definitions.users(NAME) == "objects of its kind in namespace other-team"


def test_a_definition_that_nobody_uses_is_removed_and_gone_is_fine(definitions: CustomResourceDefinitions) -> None:
    definitions.apply(definition(PLURAL), version="1.15.0", digest="d1")
    definitions.delete(NAME)
    assert definitions.find(NAME) is None
    definitions.delete(NAME)


def test_an_api_server_that_asks_to_come_again_is_asked_again(cluster: FakeKubernetes, definitions: CustomResourceDefinitions) -> None:
    """It does for some seconds after a definition was applied."""
    definitions.apply(definition(PLURAL), version="1.15.0", digest="d1")
    cluster.refuse(f"GET {OBJECTS}", 429, "TooManyRequests", "storage is (re)initializing")
    patient = CustomResourceDefinitions(api_server=definitions.api_server, wait=lambda _seconds: cluster.refusals.clear())
    assert patient.users(NAME) == ""


def test_looking_asks_for_metadata_alone(cluster: FakeKubernetes, definitions: CustomResourceDefinitions) -> None:
    """The whole of it is half a megabyte."""
    definitions.apply(definition(PLURAL), version="1.15.0", digest="d1")
    cluster.calls.clear()
    definitions.find(NAME)
    assert cluster.calls == [f"GET {DEFINITIONS}/{NAME} (metadata only)"]


@pytest.mark.parametrize(
    ("installed", "wanted", "missing"),
    [
        pytest.param(("a",), ("a", "b"), [], id="more in ours"),
        pytest.param(("a", "b"), ("a",), ["v1beta1.spec.b"], id="more in theirs"),
        pytest.param(("a",), ("a",), [], id="alike"),
    ],
)
def test_unknown_fields_are_those_that_only_the_installed_one_has(
    installed: tuple[str, ...], wanted: tuple[str, ...], missing: list[str]
) -> None:
    assert unknown_fields(definition(PLURAL, *installed), definition(PLURAL, *wanted)) == missing


def test_a_whole_version_that_is_unknown_is_told_by_its_name() -> None:
    theirs: dict[str, Any] = definition(PLURAL, "a")
    theirs["spec"]["versions"][0]["name"] = "v1"
    assert unknown_fields(theirs, definition(PLURAL, "a")) == ["v1"]
