"""A look at objects in a cluster: gone, going, changed; and what Helm keeps of a release."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.api_server import ApiServer, connect
from cluster.drift import Drift, MadeObject, find_drift, object_path
from cluster.errors import ApiServerRefusedError
from cluster.helm_release import Release, ReleaseRecordError, forget, installed_objects
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes

DEPLOYMENTS = "/apis/apps/v1/namespaces/flink/deployments"
SECRETS = "/api/v1/namespaces/flink/secrets"
OPERATOR = Release(namespace="flink", name="operator")


@pytest.fixture
def kubernetes() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as fake:
        yield fake


@pytest.fixture
def api_server(kubernetes: FakeKubernetes, tmp_path: Path) -> ApiServer:
    return connect(CONTEXT, str(kubernetes.kubeconfig(tmp_path)))


def _thing(kind: str = "Deployment", version: str = "apps/v1", **spec: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "akhq", "namespace": "flink"}, "spec": spec}


def _made(thing: dict[str, Any], last: dict[str, Any] | None = None) -> MadeObject:
    return MadeObject(key="urn:1", given=thing, last=last or thing)


@pytest.mark.parametrize(
    ("kind", "version", "namespace", "path"),
    [
        pytest.param("Deployment", "apps/v1", "flink", f"{DEPLOYMENTS}/x", id="in a group"),
        pytest.param("Secret", "v1", "flink", f"{SECRETS}/x", id="in the core"),
        pytest.param(
            "NetworkPolicy", "networking.k8s.io/v1", "flink", "/apis/networking.k8s.io/v1/namespaces/flink/networkpolicies/x", id="plural"
        ),
        pytest.param("Namespace", "v1", "", "/api/v1/namespaces/x", id="of the whole cluster"),
        pytest.param(
            "ClusterRole", "rbac.authorization.k8s.io/v1", "flink", "/apis/rbac.authorization.k8s.io/v1/clusterroles/x", id="both"
        ),
    ],
)
def test_where_an_object_is_kept(kind: str, version: str, namespace: str, path: str) -> None:
    assert object_path(version, kind, namespace, "x") == path


def test_what_is_as_it_was_made_is_not_named(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(DEPLOYMENTS, _thing(replicas=1))
    assert find_drift(api_server, [_made(_thing(replicas=1))]) == []


def test_what_is_gone_is_named(api_server: ApiServer) -> None:
    [found] = find_drift(api_server, [_made(_thing(replicas=1))])
    assert (found.drift, str(found)) == (Drift.GONE, "Deployment akhq is gone from the cluster")


def test_an_object_of_a_kind_that_the_cluster_forgot_is_gone(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.unknown.add("/apis/flink.apache.org/v1beta1/namespaces/flink/flinkdeployments/akhq")
    [found] = find_drift(api_server, [_made(_thing("FlinkDeployment", "flink.apache.org/v1beta1"))])
    assert found.drift is Drift.GONE


def test_what_is_being_deleted_is_named_with_what_holds_it(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    live = _thing(replicas=1)
    live["metadata"] |= {"deletionTimestamp": "2026-11-28T12:00:00Z", "finalizers": ["a/b"]}
    kubernetes.put(DEPLOYMENTS, live)
    [found] = find_drift(api_server, [_made(_thing(replicas=1))])
    assert (found.drift, str(found)) == (Drift.GOING, "Deployment akhq is being deleted, held by a/b")


def test_what_was_edited_is_named_with_at_most_three_fields(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(DEPLOYMENTS, _thing(a=0, b=0, c=0, d=0, e=0))
    [found] = find_drift(api_server, [_made(_thing(a=1, b=1, c=1, d=1, e=1))])
    assert (
        str(found) == "Deployment akhq was changed by hand: spec.a is 0 and was 1, spec.b is 0 and was 1, spec.c is 0 and was 1 and 2 more"
    )


def test_a_secret_that_somebody_wrote_to_is_told_by_its_version(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    secret = _thing("Secret", "v1")
    live = {**secret, "metadata": {**secret["metadata"], "resourceVersion": "7"}}
    kubernetes.put(SECRETS, live)
    assert find_drift(api_server, [_made(secret, live)]) == []
    [found] = find_drift(api_server, [_made(secret, {**live, "metadata": {**live["metadata"], "resourceVersion": "6"}})])
    assert found.how == ("somebody wrote to it",)


def test_a_look_that_is_forbidden_is_no_look(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.refuse("deployments", 403, "Forbidden", "deployments.apps is forbidden")
    with pytest.raises(ApiServerRefusedError, match="forbidden"):
        find_drift(api_server, [_made(_thing())])


def _record(version: int, state: str, *manifests: dict[str, Any]) -> dict[str, Any]:
    text = "\n---\n".join(yaml.safe_dump(one) for one in manifests)
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps({"manifest": text}).encode()))).decode()
    labels = {"owner": "helm", "name": "operator", "status": state, "version": str(version)}
    return {"metadata": {"name": f"sh.helm.release.v1.operator.v{version}", "labels": labels}, "data": {"release": packed}}


def test_what_helm_installed_is_read_from_its_newest_deployed_record(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    old, new = _thing(replicas=1), _thing(replicas=2)
    del new["metadata"]["namespace"]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}}
    kubernetes.put(SECRETS, _record(9, "superseded", old), _record(10, "deployed", new, role), _record(11, "failed", old))
    found = installed_objects(api_server, OPERATOR)
    assert [(str(one), one.namespace, one.given.get("spec")) for one in found or ()] == [
        ("Deployment akhq", "flink", {"replicas": 2}),
        ("ClusterRole r", "", None),
    ]


def test_a_release_that_was_uninstalled_is_not_one_without_a_good_revision(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    assert installed_objects(api_server, OPERATOR) is None
    kubernetes.put(SECRETS, _record(1, "pending-install"))
    assert installed_objects(api_server, OPERATOR) == []


def test_a_record_that_cannot_be_read_names_the_way_to_look(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(SECRETS, {**_record(1, "deployed"), "data": {"release": "!!"}})
    with pytest.raises(ReleaseRecordError, match="release operator cannot be read") as caught:
        installed_objects(api_server, OPERATOR)
    assert "helm -n flink get manifest operator" in caught.value.advice


def test_a_record_is_forgotten_in_each_of_its_revisions_and_no_other_is(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    for name, release in (("v1", "operator"), ("v2", "operator"), ("w1", "another")):
        labels = {"owner": "helm", "name": release, "status": "deployed"}
        kubernetes.put(SECRETS, {"metadata": {"name": f"sh.helm.release.{name}", "labels": labels}})
    kubernetes.put(SECRETS, {"metadata": {"name": "operator"}})
    forget(api_server, OPERATOR)
    assert kubernetes.collections[SECRETS].keys() == {"sh.helm.release.w1", "operator"}
