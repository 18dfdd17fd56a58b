"""What the committed stacks declare is what Kubernetes and the operator take, and its pods keep to the restricted standard."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.program.kubernetes_declaration import STACKS, declared
from tests.program.recorder import Declared
from tests.support.schemas import KUBERNETES_VERSIONS, check_builtin, check_custom, is_custom

MARK = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret on Pulumi's wire."""
NOT_OBJECTS = ("kubernetes:helm.sh/v3:Release",)


def revealed(value: Any) -> Any:  # noqa: ANN401 - any part of an object
    """Return a value with the secrets in it as they are sent to the cluster."""
    if isinstance(value, dict):
        return revealed(value["value"]) if MARK in value else {name: revealed(part) for name, part in value.items()}
    return [revealed(part) for part in value] if isinstance(value, list) else value


def objects(stack: str) -> Iterator[tuple[Declared, dict[str, Any]]]:
    for one in declared(stack).resources.values():
        if one.type.startswith("kubernetes:") and one.type not in NOT_OBJECTS:
            yield one, revealed(one.inputs)


@pytest.mark.parametrize("stack", [pytest.param(stack, id=stack) for stack in STACKS])
def test_every_builtin_kind_meets_the_schema_of_kubernetes(stack: str) -> None:
    """Of the newest one; the manifests' own tests hold each shape against the oldest too."""
    checked = [manifest for _, manifest in objects(stack) if not is_custom(manifest)]
    assert len(checked) >= 20
    for manifest in checked:
        check_builtin(manifest, KUBERNETES_VERSIONS[-1])


@pytest.mark.parametrize("stack", [pytest.param(stack, id=stack) for stack in STACKS])
def test_every_custom_resource_meets_the_operators_definition(stack: str) -> None:
    checked = [manifest for _, manifest in objects(stack) if is_custom(manifest)]
    assert [manifest["kind"] for manifest in checked] == ["FlinkDeployment"]
    for manifest in checked:
        check_custom(manifest)
