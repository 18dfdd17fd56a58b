"""Every manifest is what Kubernetes and the operator take; what they would drop without a word is a mistake."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from components.kubernetes.manifest import Manifest
from tests.support.manifests import VARIANTS, all_manifests
from tests.support.schemas import KUBERNETES_VERSIONS, check_builtin, check_custom, is_custom

BUILTIN = [pytest.param(manifest, id=title) for title, manifest in all_manifests() if not is_custom(manifest)]
CUSTOM = [pytest.param(manifest, id=title) for title, manifest in all_manifests() if is_custom(manifest)]


@pytest.mark.parametrize("version", [pytest.param(version, id=version) for version in KUBERNETES_VERSIONS])
@pytest.mark.parametrize("manifest", BUILTIN)
def test_a_builtin_kind_meets_the_schema_of_kubernetes(manifest: Manifest, version: str) -> None:
    check_builtin(manifest, version)


@pytest.mark.parametrize("manifest", CUSTOM)
def test_a_custom_resource_meets_the_definition_of_its_operator(manifest: Manifest) -> None:
    check_custom(manifest)


def changed(manifest: Manifest, path: tuple[str, ...], value: object) -> Manifest:
    """Return a copy with another value at the path."""
    made: dict[str, Any] = copy.deepcopy(manifest)
    place = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


def refusal(check: Callable[[Manifest], None], manifest: Manifest) -> str:
    """Return what the schema says against it; the class of the error comes without types."""
    with pytest.raises(Exception, match=r".") as caught:
        check(manifest)
    assert type(caught.value).__name__ == "ValidationError"
    return str(caught.value).splitlines()[0]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        pytest.param(("spec", "replica"), 1, "'replica' was unexpected", id="unknown field"),
        pytest.param(("spec", "jobManager", "resource", "cores"), 1, "'cores' was unexpected", id="unknown field deep inside"),
        pytest.param(("spec", "flinkVersion"), "v2_3", "'v2_3' is not one of", id="a Flink that the operator does not know"),
        pytest.param(("spec", "taskManager", "resource", "cpu"), "1", "'1' is not of type 'number'", id="wrong type"),
        pytest.param(("spec", "podTemplate", "spec", "containers"), {}, "{} is not of type 'array'", id="wrong shape in the pod template"),
    ],
)
def test_a_mistake_in_a_flink_deployment_is_found(path: tuple[str, ...], value: object, told: str) -> None:
    deployment = VARIANTS["session cluster"][-1]
    check_custom(deployment)
    assert told in refusal(check_custom, changed(deployment, path, value))


def test_a_mistake_in_a_builtin_kind_is_found() -> None:
    stateful_set = changed(VARIANTS["kafka"][-1], ("spec", "replica"), 1)
    assert "'replica' was unexpected" in refusal(lambda manifest: check_builtin(manifest, KUBERNETES_VERSIONS[0]), stateful_set)
