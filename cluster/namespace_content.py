"""The content of a namespace, which is removed only if nobody else's objects would be deleted with it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import ApiServerRefusedError
from cluster.names import STRIMZI_CLUSTER_LABEL
from cluster.ownership import RELEASED, STACK_ID

_PART_OF = "app.kubernetes.io/part-of"
_HELM_RELEASE = "meta.helm.sh/release-name"
_PASSING = frozenset({"events", "endpoints", "endpointslices", "leases", "controllerrevisions"})
"""Kinds that exist for other objects, or that report on them."""
_OF_KUBERNETES = frozenset({("configmaps", "kube-root-ca.crt"), ("serviceaccounts", "default")})
_MADE_BY_PEOPLE = frozenset({"kafkas", "kafkanodepools", "kafkatopics", "kafkausers"})
"""Kinds that Strimzi reads, and does not make: the stack's own bear its mark."""
_FLINK_LABELS = {"type": "flink-native-kubernetes"}


def content_of_others(
    api_server: ApiServer, namespace: str, *, stack_id: str, part_of: str, release: str, flink: str, kafka: str = ""
) -> list[str]:
    """Return `kind/name` of each object that neither the stack nor anything of it created, sorted.

    `part_of` is the label of what the stack creates, `release` the Helm release of the operator. `flink` is the id of the Flink cluster,
    the prefix of its records of high availability. `kafka` is the stack's Kafka for which Strimzi makes objects, empty where there is none:
    what is left of them goes a moment after it. A kind that may not be listed counts as somebody else's: what cannot be read must not be
    deleted. Raise ClusterError.
    """

    def is_ours(kind: str, metadata: Mapping[str, Any]) -> bool:
        labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
        name = str(metadata.get("name", ""))
        borne = annotations.get(STACK_ID)
        if borne and borne != stack_id and not annotations.get(RELEASED):
            # Even if all else matches: another stack of the same project uses the same names.
            return False
        return (
            (kind, name) in _OF_KUBERNETES
            or borne == stack_id
            or labels.get(_PART_OF) == part_of
            or annotations.get(_HELM_RELEASE) == release
            or (kind == "secrets" and labels.get("owner") == "helm" and labels.get("name") == release)
            or (kind == "configmaps" and name.startswith(f"{flink}-"))
            or (bool(kafka) and labels.get(STRIMZI_CLUSTER_LABEL) == kafka and kind not in _MADE_BY_PEOPLE)
            or labels.items() >= _FLINK_LABELS.items()
            or any(one.get("controller") for one in metadata.get("ownerReferences") or ())
        )

    return sorted(_listed(api_server, namespace, is_ours))


def _listed(api_server: ApiServer, namespace: str, is_ours: Callable[[str, Mapping[str, Any]], bool]) -> Iterator[str]:
    for base, kind in _kinds(api_server):
        if kind in _PASSING:
            continue
        try:
            items = api_server.read(f"{base}/namespaces/{namespace}/{kind}").get("items") or ()
        except ApiServerRefusedError as error:
            yield f"{kind} ({error.reason or 'cannot be listed'})"
            continue
        yield from (f"{kind}/{one['metadata']['name']}" for one in items if not is_ours(kind, one["metadata"]))


def _kinds(api_server: ApiServer) -> Iterator[tuple[str, str]]:
    """Return each namespaced kind that can be listed, with the path of its group's version."""
    groups = api_server.read("/apis").get("groups") or ()
    bases = ["/api/v1", *(f"/apis/{one['preferredVersion']['groupVersion']}" for one in groups)]
    for base in bases:
        if "metrics.k8s.io" in base:
            continue
        for one in (api_server.find(base) or {}).get("resources") or ():
            if one.get("namespaced") and "/" not in one["name"] and "list" in (one.get("verbs") or ()):
                yield base, str(one["name"])
