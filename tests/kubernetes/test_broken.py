"""Set-ups that cannot work: `up` ends within a minute or two with the real cause, in words, and the next one heals the stack."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from cluster.custom_resource_definitions import DIGEST_ANNOTATION, VERSION_ANNOTATION
from tests.kubernetes.breaking import broken, chart_of_another_version
from tests.kubernetes.figures import note
from tests.kubernetes.stack import KubernetesStack

pytestmark = [pytest.mark.timeout(1800)]

HANG_SECONDS = 180.0
"""Longer than any of them may take; the provider alone would wait for five to ten minutes."""
NOBODY = "localhost:5999/nobody"
NO_IMAGE = f"localhost:5001/flink-ai-demo@sha256:{64 * '0'}"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is set, what is changed in which source, and the words that must be said. `empty`: on a cluster without the stack."""

    says: tuple[str, ...]
    settings: Mapping[str, str | int] = field(default_factory=dict)
    edits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    empty: bool = False


SITUATIONS = {
    "an image that nobody has": Situation(settings={"image__flink": NO_IMAGE}, says=("the registry does not have", NO_IMAGE)),
    "a storage class that is not there": Situation(settings={"kubernetes__storageClass": "nowhere"}, says=("nowhere",), empty=True),
    "more memory than any node has": Situation(
        settings={"flink__jobManagerMemory": "4000g"}, says=("flink-sql-session", "nsufficient memory")
    ),
    "a context that is not there": Situation(settings={"kubernetes__context": "nowhere"}, says=("'nowhere'", "context")),
    "a registry that is down": Situation(settings={"image__repository": NOBODY}, says=(NOBODY.split("/", maxsplit=1)[0],)),
    "an unknown field in a custom resource": Situation(
        edits={"components/kubernetes/session_cluster.py": ('"mode": "native",', '"mode": "native", "nope": 1,')}, says=("nope",)
    ),
    "a gateway that crashes": Situation(
        edits={"components/kubernetes/sql_gateway.py": ('endpoint.rest.port": str(SQL_GATEWAY_PORT)', 'endpoint.rest.port": "none"')},
        says=("flink-sql-gateway", "Could not parse value 'none' for key 'port'"),
    ),
    "a model that does not exist": Situation(settings={"model__kind": "ollama", "model__name": "does-not-exist"}, says=("does-not-exist",)),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in SITUATIONS])
def test_a_set_up_that_cannot_work_is_named_with_its_cause(deployed: KubernetesStack, name: str) -> None:
    situation = SITUATIONS[name]
    if situation.empty:
        deployed.down()
    with broken(deployed, situation.settings, situation.edits):
        _expect(deployed, name, situation.says)
    if situation.empty:
        # As is said: a volume claim that was made cannot be changed, though it never got a volume.
        deployed.down()


def test_an_operator_whose_image_is_missing_is_named(deployed: KubernetesStack) -> None:
    if not deployed.parts.operator:
        pytest.skip("the operator is a double: it has no image")
    chart = chart_of_another_version(deployed, "1.15.99")
    with broken(deployed, {"operator__chart": str(chart)}, {}):
        _expect(deployed, "an operator's image that nobody has", ("flink-kubernetes-operator", "1.15.99", "pull"))


def test_definitions_of_a_newer_operator_are_named_and_left(deployed: KubernetesStack) -> None:
    name = "flinkdeployments.flink.apache.org"
    newer = {VERSION_ANNOTATION: "1.16.0", DIGEST_ANNOTATION: "newer"}
    deployed.down()
    deployed.cluster.apply(_tiny_definition(name, newer))
    try:
        preview = deployed.copy.run("preview")
        note("definitions of a newer version", code=preview.code, said=_last(preview.said))
        assert preview.code == 0, preview.said[-5000:]
        assert "is of version 1.16.0, newer than" in preview.said
    finally:
        deployed.cluster.delete(_tiny_definition(name, {}))


def _expect(stack: KubernetesStack, name: str, words: tuple[str, ...]) -> None:
    began = time.monotonic()
    finished = stack.copy.run("up")
    seconds = time.monotonic() - began
    note("cannot work", situation=name, seconds=seconds, code=finished.code, said=_last(finished.said))
    assert finished.code != 0
    missing = [word for word in words if word not in finished.said]
    assert not missing, f"{missing} are not in what was said:\n{finished.said[-5000:]}"
    assert "Traceback" not in finished.said
    assert seconds < HANG_SECONDS


def _last(said: str) -> str:
    """Return what stands from the first error on, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((number for number, line in enumerate(lines) if line.startswith("error ")), 0)
    return " / ".join(lines[first:])[:900]


def _tiny_definition(name: str, annotations: Mapping[str, str]) -> dict[str, object]:
    plural, group = name.split(".", 1)
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1beta1", "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name, "annotations": dict(annotations)},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": "flinkdeployment", "kind": "FlinkDeployment"},
            "versions": [version],
        },
    }
