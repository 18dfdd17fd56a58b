"""Labels, annotations, tolerations and the like: on every object and every pod that comes out, whatever it is."""

from dataclasses import replace
from typing import Any

import pytest

from cluster.decoration import Decoration, decorated
from components.kubernetes.manifest import Manifest
from components.kubernetes.session_cluster import flink_deployment
from tests.support.manifests import SESSION_CLUSTER, all_manifests, pod_specs

WANTED = Decoration(
    labels={"cost-center": "analytics"},
    annotations={"example.com/owner": "reviews"},
    tolerations=({"key": "dedicated", "operator": "Equal", "value": "flink", "effect": "NoSchedule"},),
    node_selector={"pool": "flink"},
    priority_class="streaming",
    image_pull_secrets=("login",),
    account_annotations={"cloud/role": "flink"},
)
MANIFESTS = [pytest.param(one, id=f"{variant}: {one['kind']} {one['metadata']['name']}") for variant, one in all_manifests()]


def templates(manifest: Manifest) -> list[dict[str, Any]]:
    spec = manifest.get("spec") or {}
    found = [spec[name] for name in ("template", "podTemplate") if isinstance(spec.get(name), dict)]
    # What Strimzi calls so has templates of several things.
    return [one for one in found if "spec" in one]


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_nothing_is_added_unasked(manifest: Manifest) -> None:
    assert decorated(manifest, Decoration()) == manifest


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_every_object_and_every_pod_bears_what_is_asked_for(manifest: Manifest) -> None:
    made = decorated(manifest, WANTED)
    for metadata in [made["metadata"], *(one["metadata"] for one in templates(made))]:
        assert metadata["labels"]["cost-center"] == "analytics"
        assert metadata["annotations"]["example.com/owner"] == "reviews"
    for pod in [one["spec"] for one in templates(made)]:
        assert WANTED.tolerations[0] in pod["tolerations"]
        assert pod["nodeSelector"] == {"pool": "flink"}
        assert pod["priorityClassName"] == "streaming"
        assert pod["imagePullSecrets"] == [{"name": "login"}]
    assert bool(templates(made)) is bool(pod_specs(manifest))


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_what_an_object_is_known_by_stays(manifest: Manifest) -> None:
    made = decorated(manifest, replace(WANTED, labels={"app.kubernetes.io/name": "other"}))
    assert made["metadata"]["labels"]["app.kubernetes.io/name"] == manifest["metadata"]["labels"]["app.kubernetes.io/name"]
    assert (made.get("spec") or {}).get("selector") == (manifest.get("spec") or {}).get("selector")


def test_a_claim_that_a_statefulset_makes_bears_the_labels() -> None:
    kafka = next(manifest for _, manifest in all_manifests() if manifest["kind"] == "StatefulSet")
    [claim] = decorated(kafka, WANTED)["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["labels"]["cost-center"] == "analytics"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("analytics", "cost-center:analytics", id="plain"),
        pytest.param("a:b", "'cost-center:''a:b'''", id="a colon"),
        pytest.param("it's", "'cost-center:''it''''s'''", id="a quote"),
        pytest.param("a,b", "'cost-center:a,b'", id="a comma"),
    ],
)
def test_flink_is_told_in_its_own_notation(value: str, written: str) -> None:
    """As Flink's `ConfigurationUtils.parseStringToMap` reads it: split at commas, each part unquoted, then at the colon."""
    made = decorated(flink_deployment(SESSION_CLUSTER), Decoration(annotations={"cost-center": value}))
    told = made["spec"]["flinkConfiguration"]
    assert told["kubernetes.jobmanager.annotations"] == told["kubernetes.taskmanager.annotations"] == written
    assert "kubernetes.jobmanager.labels" not in told
