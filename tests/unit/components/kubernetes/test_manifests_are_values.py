"""Manifests are values: what makes them asks nobody, needs no Pulumi, and gives the same plain objects each time."""

import copy
import json
import socket
from collections.abc import Callable
from typing import Any, Never

import pulumi
import pytest

from components.kubernetes.akhq import AkhqArgs, akhq_manifests, akhq_secret
from components.kubernetes.flink_operator import FlinkOperatorArgs, operator_values
from components.kubernetes.kafka import KafkaArgs, kafka_manifests
from components.kubernetes.manifest import Manifest
from components.kubernetes.model_gateway import ModelGatewayArgs, model_gateway_manifests, model_gateway_secret
from components.kubernetes.model_server import ModelServerArgs, model_pull_manifests, model_server_manifests
from components.kubernetes.namespace import NamespaceArgs, namespace_manifest
from components.kubernetes.network_policies import NetworkPolicyArgs, network_policy_manifests
from components.kubernetes.operator_chart import OperatorChart
from components.kubernetes.session_cluster import SessionClusterArgs, flink_account_manifests, session_cluster_manifests
from components.kubernetes.sql_gateway import SqlGatewayArgs, sql_gateway_manifests
from tests.support.manifests import NAMESPACE


class Unread:
    """Stands for what is not known yet. Whoever reads it fails."""

    def __str__(self) -> str:
        raise AssertionError("a value that is not known yet was read")

    __repr__ = __bool__ = __eq__ = __hash__ = __str__  # type: ignore[assignment]

    def __deepcopy__(self, _memo: object) -> "Unread":
        return self


LATER: Any = Unread()
SECURED = AkhqArgs(namespace=NAMESPACE, bootstrap="b:9092", secured=True, image=LATER, secret_fingerprint=LATER)
GATEWAY = ModelGatewayArgs(
    namespace=NAMESPACE, image=LATER, kind="openai", model="m", upstream="https://m", has_api_key=True, secret_fingerprint=LATER
)
SERVER = ModelServerArgs(namespace=NAMESPACE, models=("m",), image=LATER, pull_image=LATER)
CLUSTER = SessionClusterArgs(namespace=NAMESPACE, image=LATER, flink_version="v2_2")
OPERATOR = FlinkOperatorArgs(namespace=NAMESPACE, chart=OperatorChart(folder=None, version="1.15.0", crds={}))  # type: ignore[arg-type]

MAKERS: dict[str, Callable[[], list[Manifest]]] = {
    "akhq": lambda: [akhq_secret(SECURED, {"password": LATER}), *akhq_manifests(SECURED)],
    "kafka": lambda: kafka_manifests(KafkaArgs(namespace=NAMESPACE, image=LATER)),
    "model gateway": lambda: [model_gateway_secret(GATEWAY, LATER), *model_gateway_manifests(GATEWAY)],
    "model server": lambda: [*model_server_manifests(SERVER), *model_pull_manifests(SERVER)],
    "namespace": lambda: [namespace_manifest(NamespaceArgs(name=NAMESPACE, promoted="dev 0a"))],
    "network policies": lambda: network_policy_manifests(NetworkPolicyArgs(namespace=NAMESPACE)),
    "operator": lambda: [operator_values(OPERATOR)],
    "session cluster": lambda: [*flink_account_manifests(NAMESPACE), *session_cluster_manifests(CLUSTER)],
    "sql gateway": lambda: sql_gateway_manifests(SqlGatewayArgs(namespace=NAMESPACE, image=LATER)),
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Pulumi nor a network answers."""

    def refuse(*_arguments: object, **_more: object) -> Never:
        raise AssertionError("a manifest asks nobody")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(pulumi.Output, "__init__", refuse)
    monkeypatch.setattr(pulumi.Resource, "__init__", refuse)


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MAKERS.items()])
def test_a_manifest_is_made_of_plain_values_and_nothing_else(make: Callable[[], list[Manifest]]) -> None:
    for manifest in make():
        assert _plain(manifest)


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in MAKERS.items()])
def test_a_manifest_belongs_to_whoever_asked_for_it(make: Callable[[], list[Manifest]]) -> None:
    """The owner's mark and the decoration are put on it: a part that two manifests share would be marked twice."""
    first = _text(make())
    spoilt = make()
    for manifest in spoilt:
        _spoil(manifest)
    assert _text(make()) == first


def _plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(part) for key, part in value.items())
    return all(_plain(part) for part in value) if isinstance(value, list) else isinstance(value, str | int | float | bool | Unread)


def _text(made: list[Manifest]) -> str:
    return json.dumps(copy.deepcopy(made), sort_keys=True, default=lambda _later: "later")


def _spoil(value: object) -> None:
    """Change every map and list below."""
    if isinstance(value, dict):
        for part in list(value.values()):
            _spoil(part)
        value["spoilt"] = "spoilt"
    elif isinstance(value, list):
        for part in list(value):
            _spoil(part)
        value.append("spoilt")
