"""Who owns an object of a cluster: each object that a stack creates carries the stack's name and an id that only its state knows.

An object without a mark, or with another stack's, is never changed: not adopted, not deleted. Two things count besides the mark: the uid
of an object that the stack's state recorded (created before marks existed), and what the user named in `kubernetes.takeOver`.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cluster.api_server import ApiServer

STACK = "flink-reviews/stack"
STACK_ID = "flink-reviews/stack-id"
RELEASED = "flink-reviews/released"
"""Set on what a stack kept on purpose when it was removed: the next stack of that name adopts it, although its id differs."""
CLAIM = "flink-reviews-claim"
"""The ConfigMap by which a stack claims somebody else's namespace."""
OPERATOR_NAMESPACE = "flink-reviews/operator-namespace"
"""On a FlinkDeployment with somebody else's operator: the operator's namespace. Without it, a reader of one namespace sees no operator."""

_LOOKS = 8
_COLLECTIONS: Mapping[str, str] = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "FlinkDeployment": "/apis/flink.apache.org/v1beta1/namespaces/{}/flinkdeployments",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Kafka": "/apis/kafka.strimzi.io/v1/namespaces/{}/kafkas",
    "KafkaNodePool": "/apis/kafka.strimzi.io/v1/namespaces/{}/kafkanodepools",
    "KafkaTopic": "/apis/kafka.strimzi.io/v1/namespaces/{}/kafkatopics",
    "KafkaUser": "/apis/kafka.strimzi.io/v1/namespaces/{}/kafkausers",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "PodMonitor": "/apis/monitoring.coreos.com/v1/namespaces/{}/podmonitors",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
}
NAMESPACES = "/api/v1/namespaces"


@dataclass(frozen=True, kw_only=True, order=True)
class ObjectName:
    """An object by kind, namespace and name; `namespace` is empty for a Namespace."""

    kind: str
    namespace: str
    name: str

    @property
    def is_known(self) -> bool:
        """Whether it is of a kind that a stack creates, so that it can be looked up."""
        return self.kind == "Namespace" or self.kind in _COLLECTIONS

    @property
    def path(self) -> str:
        """Its path on the API server."""
        return f"{NAMESPACES if self.kind == 'Namespace' else _COLLECTIONS[self.kind].format(self.namespace)}/{self.name}"

    def __str__(self) -> str:
        """Return it as `kubernetes.takeOver` names it."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A stack. `stack` is project and stack, `stack_id` is generated once and kept in the stack's state.

    `known` are the uids of the objects in the state (empty if the state has no uid for one). `taken` are objects (`Deployment/kafka`) and
    ids of stacks that the user named in `kubernetes.takeOver`.
    """

    stack: str
    stack_id: str
    known: Mapping[ObjectName, str] = field(default_factory=dict)
    taken: Collection[str] = ()

    @property
    def mark(self) -> dict[str, str]:
        """The annotations that everything of this stack carries."""
        return {STACK: self.stack, STACK_ID: self.stack_id}


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """An object that is not the stack's. `stack` and `stack_id` are those in its mark, empty if it has none."""

    what: ObjectName
    stack: str = ""
    stack_id: str = ""


def foreign(what: ObjectName, metadata: Mapping[str, Any], owner: Owner) -> Foreign | None:
    """Return an existing object as foreign, or None if it is the owner's."""
    marks = metadata.get("annotations") or {}
    stack, stack_id = str(marks.get(STACK, "")), str(marks.get(STACK_ID, ""))
    if stack_id == owner.stack_id or str(what) in owner.taken or (stack_id and stack_id in owner.taken):
        return None
    if stack_id:
        return None if stack == owner.stack and marks.get(RELEASED) else Foreign(what=what, stack=stack, stack_id=stack_id)
    known = owner.known.get(what)
    return None if known is not None and known in {"", str(metadata.get("uid", ""))} else Foreign(what=what)


def find_foreign(api_server: ApiServer, names: Collection[ObjectName], owner: Owner) -> list[Foreign]:
    """Return which of these objects exist and are not the owner's. Raise ClusterError when one cannot be read."""
    with ThreadPoolExecutor(max_workers=_LOOKS) as pool:
        found = dict(zip(names, pool.map(lambda one: api_server.find_metadata(one.path), names), strict=True))
    judged = (foreign(name, metadata, owner) for name, metadata in sorted(found.items()) if metadata is not None)
    return [one for one in judged if one is not None]
