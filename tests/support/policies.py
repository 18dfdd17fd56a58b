"""Who may reach whom under NetworkPolicies: the rules of networking.k8s.io/v1, as far as ours use them, on pods in one namespace."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.kubernetes.manifest import Manifest

Labels = Mapping[str, str]


def may_reach(policies: Iterable[Manifest], source: Labels, target: Labels, port: int) -> bool:
    """Tell whether a pod may open a TCP connection to another: leaving and arriving must both be allowed."""
    made = [policy["spec"] for policy in policies]
    return _allowed(made, source, target, port, "Egress") and _allowed(made, target, source, port, "Ingress")


def may_leave(policies: Iterable[Manifest], source: Labels, port: int) -> bool:
    """Tell whether a pod may open a TCP connection to any address outside."""
    specs = [policy["spec"] for policy in policies]
    if not any(_selects(spec["podSelector"], source) and "Egress" in spec["policyTypes"] for spec in specs):
        return True
    rules = _rules(specs, source, "Egress")
    return any(_has_port(rule, port) and "to" not in rule for rule in rules)


def _allowed(specs: list[dict[str, Any]], pod: Labels, peer: Labels, port: int, direction: str) -> bool:
    selecting = [spec for spec in specs if _selects(spec["podSelector"], pod) and direction in spec["policyTypes"]]
    if not selecting:
        return True
    side = "to" if direction == "Egress" else "from"
    return any(_has_port(rule, port) and _is_peer(rule.get(side), peer) for rule in _rules(specs, pod, direction))


def _rules(specs: list[dict[str, Any]], pod: Labels, direction: str) -> list[dict[str, Any]]:
    return [rule for spec in specs if _selects(spec["podSelector"], pod) for rule in spec.get(direction.lower(), [])]


def _has_port(rule: dict[str, Any], port: int) -> bool:
    ports = rule.get("ports")
    return ports is None or any(one["port"] == port and one["protocol"] == "TCP" for one in ports)


def _is_peer(peers: list[dict[str, Any]] | None, pod: Labels) -> bool:
    # An empty list would mean every address, and so does none at all.
    if not peers:
        return True
    return any("namespaceSelector" not in peer and "podSelector" in peer and _selects(peer["podSelector"], pod) for peer in peers)


def _selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    among = all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ()) if one["operator"] == "In")
    return bool(among and selector.get("matchLabels", {}).items() <= labels.items())
