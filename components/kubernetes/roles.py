"""The rights of a stack's user as Role and ClusterRole, for whoever runs the cluster to apply."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.kubernetes.rights import IN_CLUSTER, IN_NAMESPACE, Ask, asks
from manifests.manifest import Manifest
from settings import Settings

_GROUP = "rbac.authorization.k8s.io"
_ORDER = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def roles(settings: Settings, stack: str, subject: Mapping[str, str] | None = None) -> list[Manifest]:
    """Return Role and ClusterRole, and their bindings where a subject (`kind`, `name`) is given. What can be done without is in them."""
    namespace = settings.kubernetes.cluster.namespace
    name = f"flink-reviews-{stack}"
    local = rules([*asks(settings, IN_NAMESPACE, needed=True), *asks(settings, IN_NAMESPACE, needed=False)])
    wide = rules([*asks(settings, IN_CLUSTER, needed=True), *asks(settings, IN_CLUSTER, needed=False)])
    made: list[Manifest] = [
        {"apiVersion": f"{_GROUP}/v1", "kind": "Role", "metadata": {"name": name, "namespace": namespace}, "rules": local},
        # The name of a ClusterRole is of the whole cluster.
        {"apiVersion": f"{_GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": f"{name}-{namespace}"}, "rules": wide},
    ]
    return [*made, *(_bindings(made, subject) if subject else ())]


def rules(wanted: Sequence[Ask]) -> list[dict[str, Any]]:
    """Return the rules that allow what is asked for: one for all resources of a group that have the same verbs."""
    verbs: dict[tuple[str, str, str], set[str]] = {}
    for one in wanted:
        verbs.setdefault((one.group, one.name, one.resource), set()).add(one.verb)
    together: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (group, name, resource), some in sorted(verbs.items()):
        together.setdefault((group, name, tuple(one for one in _ORDER if one in some)), []).append(resource)
    return [
        {"apiGroups": [group], "resources": resources, **({"resourceNames": [name]} if name else {}), "verbs": list(some)}
        for (group, name, some), resources in together.items()
    ]


def _bindings(made: Sequence[Manifest], subject: Mapping[str, str]) -> Iterator[Manifest]:
    who = dict(subject) if subject["kind"] == "ServiceAccount" else {**subject, "apiGroup": _GROUP}
    for role in made:
        yield {
            "apiVersion": f"{_GROUP}/v1",
            "kind": f"{role['kind']}Binding",
            "metadata": dict(role["metadata"]),
            "roleRef": {"apiGroup": _GROUP, "kind": role["kind"], "name": role["metadata"]["name"]},
            "subjects": [who],
        }
