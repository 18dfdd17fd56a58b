"""NetworkPolicies for what Strimzi makes. Strimzi's own let in who may; these let out, which a namespace that denies everything forbids.

A policy that chooses a pod closes it for everything that no policy names. Strimzi's policies for brokers open the ports between them and
its operators, and each listener to the peers that the Kafka names.
"""

from collections.abc import Sequence
from typing import Any

from cluster.names import KAFKA, NAME_LABEL, STRIMZI_CLUSTER_LABEL, STRIMZI_ENTITY_OPERATOR
from components.kubernetes.manifest import Manifest, metadata

_BETWEEN_NODES, _REPLICATION = 9090, 9091
_API_SERVER_PORTS = (443, 6443)
_DNS_PORT = 53
_MEMBER = {STRIMZI_CLUSTER_LABEL: KAFKA}
_BROKERS = {**_MEMBER, NAME_LABEL: KAFKA}
_ENTITY_OPERATOR = {**_MEMBER, NAME_LABEL: STRIMZI_ENTITY_OPERATOR}


def strimzi_policy_manifests(namespace: str, api_server: Sequence[dict[str, Any]], *, only_ours: bool) -> list[Manifest]:
    """Return one policy for the brokers and one for the Topic and User Operator.

    `api_server` are peers at which the API server is reached, any address without one. With `only_ours` names are resolved here too: the
    policy for all pods leaves those out that may be somebody else's.
    """
    asking = [{**({"to": list(api_server)} if api_server else {}), "ports": [_tcp(port) for port in _API_SERVER_PORTS]}]
    names = [{"ports": [{"protocol": protocol, "port": _DNS_PORT} for protocol in ("UDP", "TCP")]}] if only_ours else []
    brokers = {"to": [{"podSelector": {"matchLabels": _BROKERS}}]}
    # Brokers read certificates from the API server.
    between = {**brokers, "ports": [_tcp(_BETWEEN_NODES), _tcp(_REPLICATION)]}
    replication = {**brokers, "ports": [_tcp(_REPLICATION)]}
    return [
        _policy(KAFKA, namespace, _BROKERS, [between, *asking, *names]),
        _policy(f"{KAFKA}-operators", namespace, _ENTITY_OPERATOR, [replication, *asking, *names]),
    ]


def _policy(name: str, namespace: str, chosen: dict[str, str], egress: list[dict[str, Any]]) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name, namespace, workload=KAFKA),
        "spec": {"podSelector": {"matchLabels": chosen}, "policyTypes": ["Ingress", "Egress"], "egress": egress},
    }


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}
