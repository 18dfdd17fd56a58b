"""NetworkPolicies: nothing may talk to anything in the namespace, except along the few edges that exist.

Needs: the namespace. They come before the pods they hold for.

The SQL Gateway and the JobManager's REST API run whatever code they are given and ask nobody who he is: no pod but the named ones
reaches them. From outside they are reached through the API server's proxy. A port-forward and a kubelet's probe arrive from the pod's own
node, which policies always let in; so does the proxy where the API server runs on that node (kind, Docker Desktop, minikube).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from cluster.names import (
    AKHQ,
    AKHQ_PORT,
    COMPONENT_LABEL,
    JOB_MANAGER,
    JOB_MANAGER_PORT,
    KAFKA,
    KAFKA_PORT,
    METRICS_PORT,
    MODEL_GATEWAY,
    MODEL_GATEWAY_PORT,
    MODEL_PULL,
    NAME_LABEL,
    OLLAMA,
    OLLAMA_PORT,
    OPERATOR,
    SESSION_CLUSTER,
    SQL_GATEWAY,
    SQL_GATEWAY_PORT,
    TASK_MANAGER,
)
from components.kubernetes.declare import declare
from components.kubernetes.manifest import Manifest, metadata
from components.kubernetes.strimzi_policies import strimzi_policy_manifests
from components.names import NETWORK_POLICIES, NETWORK_POLICIES_TYPE

Rule = dict[str, Any]
Peer = dict[str, Any]

_DNS_PORT = 53
_NODE_LOCAL_DNS = "169.254.20.10/32"
"""Where NodeLocal DNSCache listens on each node."""
_HTTPS_PORT = 443
_API_SERVER_PORTS = (_HTTPS_PORT, 6443)
"""The Service's port and the usual one behind it: some networks judge a packet before its address is translated, some after."""


@dataclass(frozen=True, kw_only=True)
class NetworkPolicyArgs:
    """`api_server` are the CIDRs from which the API server's proxy comes and at which it is reached.

    Without any, pods that use Kubernetes may reach every address on its ports, and the proxy must come from the pods' own node.
    `external_kafka_ports` and `model_upstream_ports` are of servers elsewhere that Flink and AKHQ, or the model gateway, call.
    `metrics_namespaces` are where Prometheus runs. `operator_here` tells that the operator is the stack's own, in the same namespace.
    `only_ours`: the namespace has pods of somebody else, to whom nothing is denied. `strimzi`: the broker is Strimzi's.
    """

    namespace: str
    kafka: bool = True
    strimzi: bool = False
    akhq: bool = True
    model_server: bool = True
    operator_here: bool = True
    operator_namespace: str = ""
    api_server: tuple[str, ...] = ()
    external_kafka_ports: tuple[int, ...] = ()
    model_upstream_ports: tuple[int, ...] = ()
    object_store_port: int = 0
    metrics_namespaces: tuple[str, ...] = ()
    only_ours: bool = False


def network_policy_manifests(args: NetworkPolicyArgs) -> list[Manifest]:
    """Return the policies: first those that hold for every pod, then one for each workload."""
    made = [_deny_all(args), _names(args), _session_cluster(args), _sql_gateway(args), _model_gateway(args)]
    made += [_kafka(args)] if args.kafka and not args.strimzi else []
    made += strimzi_policy_manifests(args.namespace, _api_server(args), only_ours=args.only_ours) if args.strimzi else []
    made += [_akhq(args)] if args.akhq else []
    made += [_model_server(args), _model_pull(args)] if args.model_server else []
    return [*made, *([_operator(args)] if args.operator_here else [])]


def pods(name: str, component: str = "") -> Peer:
    """Return the peer that is a workload's pods in the same namespace."""
    wanted = {NAME_LABEL: name, COMPONENT_LABEL: component} if component else {NAME_LABEL: name}
    return {"podSelector": {"matchLabels": wanted}}


def _everyone(args: NetworkPolicyArgs) -> dict[str, Any]:
    """Return the selector of every pod; in a shared namespace of those that the stack has workloads for."""
    if not args.only_ours:
        return {}
    ours = [SESSION_CLUSTER, SQL_GATEWAY, MODEL_GATEWAY, *([OPERATOR] if args.operator_here else [])]
    # The name `kafka` is that of every broker of Strimzi's, whosever it is: its own policies choose them by what they belong to.
    ours += [*([KAFKA] if args.kafka and not args.strimzi else []), *([AKHQ] if args.akhq else [])]
    ours += [OLLAMA, MODEL_PULL] if args.model_server else []
    return {"matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": sorted(ours)}]}


def _deny_all(args: NetworkPolicyArgs) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata("deny-all", args.namespace),
        "spec": {"podSelector": _everyone(args), "policyTypes": ["Ingress", "Egress"]},
    }


def _names(args: NetworkPolicyArgs) -> Manifest:
    system = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    ports = [{"protocol": protocol, "port": _DNS_PORT} for protocol in ("UDP", "TCP")]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata("resolve-names", args.namespace),
        "spec": {
            "podSelector": _everyone(args),
            "policyTypes": ["Egress"],
            "egress": [{"to": [system, {"ipBlock": {"cidr": _NODE_LOCAL_DNS}}], "ports": ports}],
        },
    }


def _session_cluster(args: NetworkPolicyArgs) -> Manifest:
    """Every port between JobManager and TaskManagers, which open some at random; REST for the gateway and the operator only."""
    rest = [pods(SQL_GATEWAY), _operator_peer(args), *_api_server(args)]
    kafka = [_to([pods(KAFKA)], KAFKA_PORT)] if args.kafka else []
    outside = [_to([], *args.external_kafka_ports)] if args.external_kafka_ports else []
    store = [_to([], args.object_store_port)] if args.object_store_port else []
    itself = pods(SESSION_CLUSTER)
    return _policy(
        args,
        SESSION_CLUSTER,
        ingress=[{"from": [itself]}, _from(rest, JOB_MANAGER_PORT), *_metrics(args, METRICS_PORT)],
        egress=[
            {"to": [itself]},
            *kafka,
            *outside,
            *store,
            _to([pods(MODEL_GATEWAY)], MODEL_GATEWAY_PORT),
            _to(_api_server(args), *_API_SERVER_PORTS),
        ],
    )


def _sql_gateway(args: NetworkPolicyArgs) -> Manifest:
    proxy = _api_server(args)
    return _policy(
        args,
        SQL_GATEWAY,
        ingress=[_from(proxy, SQL_GATEWAY_PORT)] if proxy else [],
        egress=[_to([pods(SESSION_CLUSTER, JOB_MANAGER)], JOB_MANAGER_PORT)],
    )


def _model_gateway(args: NetworkPolicyArgs) -> Manifest:
    server = [_to([pods(OLLAMA)], OLLAMA_PORT)] if args.model_server else []
    outside = [_to([], *args.model_upstream_ports)] if args.model_upstream_ports else []
    callers = [pods(SESSION_CLUSTER, TASK_MANAGER), *_api_server(args)]
    ingress = [_from(callers, MODEL_GATEWAY_PORT), *_metrics(args, MODEL_GATEWAY_PORT)]
    return _policy(args, MODEL_GATEWAY, ingress=ingress, egress=[*server, *outside])


def _kafka(args: NetworkPolicyArgs) -> Manifest:
    # The broker calls itself, through the Service, to end transactions.
    itself = pods(KAFKA)
    clients = [pods(SESSION_CLUSTER), *([pods(AKHQ)] if args.akhq else []), itself]
    return _policy(args, KAFKA, ingress=[_from(clients, KAFKA_PORT)], egress=[_to([itself], KAFKA_PORT)])


def _akhq(args: NetworkPolicyArgs) -> Manifest:
    proxy = _api_server(args)
    kafka = [_to([pods(KAFKA)], KAFKA_PORT)] if args.kafka else []
    outside = [_to([], *args.external_kafka_ports)] if args.external_kafka_ports else []
    return _policy(args, AKHQ, ingress=[_from(proxy, AKHQ_PORT)] if proxy else [], egress=[*kafka, *outside])


def _model_server(args: NetworkPolicyArgs) -> Manifest:
    """Out to fetch models: from wherever the library keeps them."""
    return _policy(args, OLLAMA, ingress=[_from([pods(MODEL_GATEWAY), pods(MODEL_PULL)], OLLAMA_PORT)], egress=[_to([], _HTTPS_PORT)])


def _model_pull(args: NetworkPolicyArgs) -> Manifest:
    return _policy(args, MODEL_PULL, ingress=[], egress=[_to([pods(OLLAMA)], OLLAMA_PORT)])


def _operator(args: NetworkPolicyArgs) -> Manifest:
    cluster = _to([pods(SESSION_CLUSTER, JOB_MANAGER)], JOB_MANAGER_PORT)
    return _policy(args, OPERATOR, ingress=[], egress=[cluster, _to(_api_server(args), *_API_SERVER_PORTS)])


def _policy(args: NetworkPolicyArgs, name: str, *, ingress: list[Rule], egress: list[Rule]) -> Manifest:
    """Return a workload's policy. A direction without a rule is closed."""
    rules = {**({"ingress": ingress} if ingress else {}), **({"egress": egress} if egress else {})}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name, args.namespace),
        "spec": {**pods(name), "policyTypes": ["Ingress", "Egress"], **rules},
    }


def _from(peers: Sequence[Peer], *ports: int) -> Rule:
    return {"from": list(peers), "ports": [_tcp(port) for port in ports]}


def _to(peers: Sequence[Peer], *ports: int) -> Rule:
    """Return a rule to peers, or to every address when there is none."""
    reached = {"to": list(peers)} if peers else {}
    return {**reached, "ports": [_tcp(port) for port in ports]}


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}


def _api_server(args: NetworkPolicyArgs) -> list[Peer]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in args.api_server]


def _operator_peer(args: NetworkPolicyArgs) -> Peer:
    peer = pods(OPERATOR)
    if args.operator_here:
        return peer
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": args.operator_namespace}}, **peer}


def _metrics(args: NetworkPolicyArgs, port: int) -> list[Rule]:
    return [
        _from([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}], port) for name in args.metrics_namespaces
    ]


class NetworkPolicies(pulumi.ComponentResource):
    """One policy for each workload, by its name, and two for all of them."""

    policies: dict[str, NetworkPolicy]
    ready: list[pulumi.Resource]

    def __init__(
        self, args: NetworkPolicyArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(NETWORK_POLICIES_TYPE, NETWORK_POLICIES, {}, opts)
        made = {one["metadata"]["name"]: declare(NetworkPolicy, one, parent=self, after=after) for one in network_policy_manifests(args)}
        self.policies = made
        self.ready = list(made.values())
        self.register_outputs({"policies": sorted(made)})
