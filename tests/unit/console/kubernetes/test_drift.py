"""What the console does before a run about objects that are not as the state has them."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cluster.api_server import ApiServer
from cluster.errors import ApiServerUnreachableError
from components.names import NAMESPACE_CLAIM_TYPE
from console.driver.backend import parse_deployment
from platforms.drift import UnseenError
from platforms.errors import PlatformError
from platforms.kubernetes import blocked_deletion as holding
from platforms.kubernetes.drift import ClusterDrift
from platforms.state import Resource, StackState
from tests.fakes.http import serving
from tests.fakes.kubernetes_api import FakeKubernetes

FLINK = "/apis/flink.apache.org/v1beta1/namespaces/flink/flinkdeployments"
DEPLOYMENTS = "/apis/apps/v1/namespaces/flink/deployments"
CLAIMS = "/api/v1/namespaces/flink/persistentvolumeclaims"
CONFIG_MAPS = "/api/v1/namespaces/flink/configmaps"
SECRETS = "/api/v1/namespaces/flink/secrets"
KINDS = {
    "flink-sql-session": ("kubernetes:flink.apache.org/v1beta1:FlinkDeployment", "flink.apache.org/v1beta1", FLINK),
    "akhq": ("kubernetes:apps/v1:Deployment", "apps/v1", DEPLOYMENTS),
    "flink-state": ("kubernetes:core/v1:PersistentVolumeClaim", "v1", CLAIMS),
}
RELEASE = "urn:pulumi:dev::flink-reviews::kubernetes:helm.sh/v3:Release::flink-kubernetes-operator"
RECORD = {"metadata": {"name": "sh.helm.release.v1.x.v1", "labels": {"owner": "helm", "name": "flink-kubernetes-operator"}}}
Drift = Callable[[], ClusterDrift]


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::flink-reviews::{KINDS[name][0]}::{name}"


def _object(name: str, **metadata: object) -> dict[str, Any]:
    kind, version, _ = KINDS[name]
    labels = {"app.kubernetes.io/part-of": "flink-reviews"}
    return {
        "apiVersion": version,
        "kind": kind.rpartition(":")[2],
        "metadata": {"name": name, "namespace": "flink", "labels": labels, **metadata},
        "spec": {"replicas": 1},
    }


def _state(*names: str, cluster: str = "", release: bool = True, **metadata: object) -> StackState:
    objects = {name: _object(name, **metadata) for name in names}
    resources = [
        {"urn": _urn(name), "type": KINDS[name][0], "custom": True, "inputs": one, "outputs": one} for name, one in objects.items()
    ]
    if release:
        given = {"name": "flink-kubernetes-operator", "namespace": "flink"}
        resources.append({"urn": RELEASE, "type": "kubernetes:helm.sh/v3:Release", "custom": True, "inputs": given, "outputs": {}})
    definition = "pulumi-python:dynamic/kubernetes:CustomResourceDefinition"
    resources.append({"urn": f"urn:pulumi:dev::p::{definition}::x", "type": definition, "custom": True, "outputs": {"cluster": cluster}})
    return parse_deployment({"resources": resources})


def _put(kubernetes: FakeKubernetes, *names: str, **metadata: object) -> None:
    for name in names:
        kubernetes.put(KINDS[name][2], _object(name, **metadata))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def drift(api_server: ApiServer, kubernetes: FakeKubernetes, monkeypatch: pytest.MonkeyPatch) -> ClusterDrift:
    monkeypatch.setattr(holding, "GONE_SECONDS", 0.2)
    monkeypatch.setattr(holding, "POLL_SECONDS", 0.02)
    kubernetes.put(SECRETS, RECORD)
    return ClusterDrift(lambda: api_server, "dev", "flink")


def test_a_stack_as_it_was_made_is_read_from_nowhere(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    _put(kubernetes, *KINDS)
    assert drift.before_up(_state(*KINDS), said.append) == []
    assert drift.before_preview(_state(*KINDS), said.append) == []
    assert said == []


def test_a_preview_names_what_differs_and_touches_nothing(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    _put(kubernetes, "flink-state")
    kubernetes.put(DEPLOYMENTS, {**_object("akhq"), "spec": {"replicas": 0}})
    assert drift.before_preview(_state(*KINDS), said.append) == [_urn("flink-sql-session"), _urn("akhq")]
    assert said == [
        "FlinkDeployment flink-sql-session is gone from the cluster: `up` makes it right",
        "Deployment akhq was changed by hand: spec.replicas is 0 and was 1: `up` makes it right",
    ]
    assert {call.split()[0] for call in kubernetes.calls} == {"GET"}


def test_a_release_that_helm_does_not_know_is_made_again(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kubernetes.remove(f"{SECRETS}/{RECORD['metadata']['name']}")
    _put(kubernetes, *KINDS)
    assert drift.before_up(_state(*KINDS), said.append) == [RELEASE]
    assert "Helm release flink-kubernetes-operator is gone" in said[0]


def test_down_forgets_a_release_that_helm_does_not_know(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kubernetes.remove(f"{SECRETS}/{RECORD['metadata']['name']}")
    _put(kubernetes, "akhq")
    assert drift.before_destroy(_state("akhq", "flink-state"), said.append) == [RELEASE]


@pytest.mark.parametrize("operator", [pytest.param(True, id="operator there, without a pod"), pytest.param(False, id="no operator")])
def test_only_without_an_operator_is_a_flink_deployment_let_go(
    drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str], *, operator: bool
) -> None:
    if operator:
        kubernetes.put(DEPLOYMENTS, {"metadata": {"name": "flink-kubernetes-operator"}, "status": {}})
    _put(kubernetes, "flink-sql-session", finalizers=["flink"], deletionTimestamp="2026-11-28T12:00:00Z")
    drift.before_destroy(_state("flink-sql-session"), said.append)
    assert ("flink-sql-session" in kubernetes.collections[FLINK]) is operator


def test_an_operator_of_somebody_else_is_not_taken_for_gone(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    _put(kubernetes, "flink-sql-session", finalizers=["flink"], deletionTimestamp="2026-11-28T12:00:00Z")
    theirs = {"flink-reviews/operator-namespace": "flink-operator"}
    drift.before_destroy(_state("flink-sql-session", annotations=theirs), said.append)
    assert kubernetes.collections[FLINK]["flink-sql-session"]["metadata"]["finalizers"] == ["flink"]


def test_up_waits_until_what_is_being_deleted_is_gone_and_makes_it_again(
    drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]
) -> None:
    _put(kubernetes, "flink-sql-session", finalizers=["flink"], deletionTimestamp="2026-11-28T12:00:00Z")
    assert drift.before_up(_state("flink-sql-session"), said.append) == [_urn("flink-sql-session")]
    assert said[-1].startswith("there is no operator to let FlinkDeployment flink-sql-session go")


def test_up_stops_at_what_does_not_go(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kubernetes.put(DEPLOYMENTS, {"metadata": {"name": "flink-kubernetes-operator"}})
    _put(kubernetes, "flink-sql-session", finalizers=["flink"], deletionTimestamp="2026-11-28T12:00:00Z")
    with pytest.raises(PlatformError, match="is being deleted and does not go: nothing was changed") as caught:
        drift.before_up(_state("flink-sql-session"), said.append)
    assert "kubectl -n flink get flinkdeployment flink-sql-session" in caught.value.advice


def test_a_claim_that_is_being_deleted_is_told_and_not_waited_for(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    _put(kubernetes, "flink-state", deletionTimestamp="2026-11-28T12:00:00Z", finalizers=["kubernetes.io/pvc-protection"])
    kafka = _object("flink-state", deletionTimestamp="2026-11-28T12:00:00Z")
    kafka["metadata"]["name"] = "data-kafka-0"
    kafka["spec"] = {"volumeName": "pvc-of-kafka"}
    foreign = _object("flink-state", deletionTimestamp="2026-11-28T12:00:00Z")
    foreign["metadata"] |= {"name": "somebody-elses", "labels": {}}
    kubernetes.put(CLAIMS, kafka, foreign)
    assert drift.before_up(_state("flink-state"), said.append) == []
    told = [line for line in said if "with the next restart of the pods that use it" in line]
    assert [line.split()[2] for line in told] == ["flink-state", "data-kafka-0"]
    keep = """kubectl patch pv pvc-of-kafka -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'"""
    assert [keep in line for line in told] == [False, True]


def test_records_of_a_volume_that_is_gone_go_too(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kept = ("flink-config-flink-sql-session", "flink-sql-session-something")
    records = ("flink-sql-session-cluster-config-map", f"flink-sql-session-{'ab' * 16}-config-map")
    kubernetes.put(CONFIG_MAPS, *({"metadata": {"name": name}} for name in (*kept, *records)))
    assert drift.before_up(_state("flink-state"), said.append) == [_urn("flink-state")]
    assert set(kubernetes.collections[CONFIG_MAPS]) == set(kept)
    assert "2 records of high availability" in said[-1]


def test_another_cluster_is_not_taken_for_a_loss(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kubernetes.put("/api/v1/namespaces", {"metadata": {"name": "kube-system", "uid": "here"}})
    with pytest.raises(PlatformError, match="is not the one that stack dev was deployed to: nothing was changed"):
        drift.before_up(_state(*KINDS, cluster="there"), said.append)
    assert drift.before_preview(_state(cluster="here", release=False), said.append) == []


def test_who_may_read_one_namespace_only_sees_its_objects(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    kubernetes.refuse("/api/v1/namespaces/kube-system", 403, "Forbidden", "namespaces is forbidden")
    assert drift.before_preview(_state("akhq", cluster="here"), said.append) == [_urn("akhq")]


def _claimed(state: StackState, authority: str) -> StackState:
    outputs = {"namespace": "flink", "authority": authority}
    claim = Resource(urn=f"urn:pulumi:dev::p::{NAMESPACE_CLAIM_TYPE}::c", kind=NAMESPACE_CLAIM_TYPE, custom=True, outputs=outputs)
    return replace(state, resources=(*state.resources, claim))


@pytest.mark.parametrize(
    ("recorded", "certificate"),
    [
        pytest.param(hashlib.sha256(b"a certificate").hexdigest(), "a certificate", id="in the same cluster"),
        pytest.param("", "a certificate", id="a state that recorded none"),
        pytest.param("there", "", id="no authority published"),
    ],
)
def test_a_user_of_one_namespace_is_told_that_all_is_lost(
    drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str], recorded: str, certificate: str
) -> None:
    _as_a_user_of_one_namespace(kubernetes, certificate)
    assert _urn("flink-state") in drift.before_preview(_claimed(_state("akhq", "flink-state", release=False), recorded), said.append)


def test_a_renewed_authority_is_no_other_cluster(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    _as_a_user_of_one_namespace(kubernetes, "a certificate")
    _put(kubernetes, "akhq")
    state = _claimed(_state("akhq", "flink-state", release=False), "there")
    assert drift.before_preview(state, said.append) == [_urn("flink-state")]


def test_a_user_of_one_namespace_takes_no_other_cluster_for_a_loss(
    drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]
) -> None:
    _as_a_user_of_one_namespace(kubernetes, "a certificate")
    for ask in (drift.before_preview, drift.before_up, drift.before_destroy):
        with pytest.raises(PlatformError, match="is not the one that stack dev was deployed to: nothing was changed"):
            ask(_claimed(_state("akhq", "flink-state", release=False), "there"), said.append)


def _as_a_user_of_one_namespace(kubernetes: FakeKubernetes, certificate: str) -> None:
    kubernetes.refuse("/api/v1/namespaces/kube-system", 403, "Forbidden", "namespaces is forbidden")
    if certificate:
        kubernetes.put(CONFIG_MAPS, {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": certificate}})


def test_what_cannot_be_seen_is_no_success(said: list[str]) -> None:
    def connect() -> ApiServer:
        raise ApiServerUnreachableError("the API server of context kind-fake cannot be reached")

    for ask in ("before_up", "before_preview", "before_destroy"):
        with pytest.raises(UnseenError, match="cannot be reached"):
            getattr(ClusterDrift(connect, "dev", "flink"), ask)(_state("akhq"), said.append)


def test_pods_of_an_account_that_was_lost_start_anew(drift: ClusterDrift, kubernetes: FakeKubernetes, said: list[str]) -> None:
    pods, accounts = "/api/v1/namespaces/flink/pods", "/api/v1/namespaces/flink/serviceaccounts"
    for name, account in (("jobmanager", "flink"), ("kafka-0", "default")):
        kubernetes.put(pods, {"metadata": {"name": name}, "spec": {"serviceAccountName": account}})
    given = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "flink", "namespace": "flink"}}
    urn = "urn:pulumi:dev::flink-reviews::kubernetes:core/v1:ServiceAccount::flink"
    state = parse_deployment(
        {"resources": [{"urn": urn, "type": "kubernetes:core/v1:ServiceAccount", "custom": True, "inputs": given, "outputs": given}]}
    )
    assert drift.before_up(state, said.append) == [urn]
    assert set(kubernetes.collections[pods]) == {"kafka-0"}
    assert "flink" in kubernetes.collections[accounts]
    assert "the tokens of jobmanager went with ServiceAccount flink" in said[-1]


def test_an_image_that_its_registry_lost_is_built_again(drift: ClusterDrift, said: list[str]) -> None:
    kind = "docker:index/image:Image"
    digests = {"there": f"sha256:{'a' * 64}", "lost": f"sha256:{'b' * 64}"}

    def answer(_method: str, path: str, _body: object) -> tuple[int, object]:
        return (200 if digests["there"] in path else 404), {}

    with serving(answer) as server:
        repository = f"127.0.0.1:{server.server_address[1]}/image"
        built = [
            {"urn": name, "type": kind, "custom": True, "outputs": {"imageName": name, "repoDigest": f"{repository}@{digest}"}}
            for name, digest in digests.items()
        ]
        never = {"urn": "never built", "type": kind, "custom": True, "outputs": {}}
        state = parse_deployment({"resources": [*built, never]})
        assert drift.to_make_again(state, said.append) == ["lost"]
    assert said == [f"image {repository}@{digests['lost']} is gone from its registry: `up` builds and pushes it again"]


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"repoDigest": None}, id="none"),
        pytest.param({"repoDigest": ""}, id="empty"),
        pytest.param({"repoDigest": "localhost:5001/image:tag"}, id="a tag"),
    ],
)
def test_an_image_that_was_recorded_without_a_digest_is_built_again(drift: ClusterDrift, said: list[str], recorded: dict[str, Any]) -> None:
    outputs = {"imageName": "localhost:5001/image:tag", **recorded}
    image = {"urn": "unpushed", "type": "docker:index/image:Image", "custom": True, "outputs": outputs}
    assert drift.to_make_again(parse_deployment({"resources": [image]}), said.append) == ["unpushed"]
    assert said == ["image localhost:5001/image:tag was recorded without a digest: `up` builds and pushes it again"]
