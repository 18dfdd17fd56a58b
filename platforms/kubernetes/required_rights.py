"""What a stack's user must be allowed, in the namespace and in the whole cluster. `doctor` asks for it, and `rights` prints it as roles.

Each row names what of the program needs it. A test holds docs/rights.md to these rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.kubernetes.manifest import Manifest
from platforms.kubernetes.arguments import has_pod_monitors
from platforms.kubernetes.inventory import has_kafka_topics
from settings import KafkaKind, Settings

_LOOK = ("get", "list", "watch")
_CHANGE = (*_LOOK, "create", "update", "patch", "delete")
_ALL = (*_CHANGE, "deletecollection")
_FLINK = "flink.apache.org"
_RBAC = "rbac.authorization.k8s.io"
_CRDS = "apiextensions.k8s.io"
_NETWORK = "networking.k8s.io"
_MONITORING = "monitoring.coreos.com"

_STRIMZI_GROUP = "kafka.strimzi.io"

_OPERATOR = "the operator's Role, granted to it, has it"
_FLINKS = "Flink's own Role, granted to it, has it"
_OPERATORS_KINDS = "flinkbluegreendeployments flinkdeployments flinksessionjobs flinkstatesnapshots"
_ORDER = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, kw_only=True)
class Case:
    """The stacks that need a right, in words and as a test of their settings."""

    words: str
    applies: Callable[[Settings], bool]


def _has_secret(settings: Settings) -> bool:
    own = settings.has_api_key or settings.has_fallback_api_key or settings.kubernetes.akhq.security
    return own or settings.kubernetes.asks_for_login


def _kept_secrets(settings: Settings) -> tuple[str, ...]:
    """Return the Secrets of somebody else that a stack names: the others of the namespace are nobody's business."""
    wanted = settings.kubernetes
    sources = (*settings.secret_sources.values(), wanted.model_keys.api_key_from, wanted.model_keys.fallback_api_key_from)
    named = (*(source.partition("/")[0] for source in sources), wanted.object_store.credentials, wanted.kafka.login)
    return tuple(sorted({one for one in named if one}))


def _reads_secrets(settings: Settings) -> bool:
    return bool(_kept_secrets(settings))


def _removes_crds(settings: Settings) -> bool:
    return settings.kubernetes.operator.manage_crds and not settings.kubernetes.operator.retain_crds


_ALWAYS = Case(words="always", applies=lambda _settings: True)
_INSTALL = Case(words="`operator.install`", applies=lambda one: one.kubernetes.operator.install)
_KAFKA = Case(words="`kafka.kind: single`", applies=lambda one: one.kubernetes.kafka.kind is KafkaKind.SINGLE)
_STRIMZI = Case(words="`kafka.kind: strimzi`", applies=lambda one: one.kubernetes.has_strimzi)
_KAFKA_TOPICS = Case(words="`kafka.kind: strimzi` with `strimzi.topicOperator`", applies=has_kafka_topics)
_KAFKA_USERS = Case(words="`kafka.kind: strimzi` with `strimzi.authentication`", applies=lambda one: one.kubernetes.asks_for_login)
_OLLAMA = Case(words="Ollama in the cluster", applies=lambda one: one.kubernetes.model_server.deployed)
_POLICIES = Case(words="`kubernetes.networkPolicies`", applies=lambda one: one.kubernetes.cluster.network_policies)
_MONITORS = Case(words="`metrics.enabled`", applies=has_pod_monitors)
_SECRET = Case(words="`model.apiKey`, `akhq.security`, `strimzi.authentication`", applies=_has_secret)
_KEPT = Case(words="`secretFrom.<NAME>`, `model.apiKeyFrom`, `objectStore.credentials`, `kafka.login`", applies=_reads_secrets)
_MANAGED = Case(words="`kubernetes.manageNamespace`", applies=lambda one: one.kubernetes.cluster.manage_namespace)
_DEFINITIONS = Case(words="`crds.manage`", applies=lambda one: one.kubernetes.operator.manage_crds)
_NOT_RETAINED = Case(words="`crds.manage` without `crds.retain`", applies=_removes_crds)


@dataclass(frozen=True, kw_only=True)
class Right:
    """A row. `resource` may have a subresource (`pods/log`). `needed` is False where the program does without, and says so.

    `case` tells the stacks that it is for; `names` restricts it to objects of these names.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    why: str
    case: Case = _ALWAYS
    needed: bool = True
    names: Callable[[Settings], tuple[str, ...]] = lambda _settings: ()


def _row(group: str, resources: str, verbs: tuple[str, ...], why: str, case: Case = _ALWAYS) -> list[Right]:
    return [Right(group=group, resource=one, verbs=verbs, why=why, case=case) for one in resources.split()]


IN_NAMESPACE: tuple[Right, ...] = (
    *_row("", "namespaces", ("get",), "whose the namespace is"),
    *_row("", "configmaps services serviceaccounts persistentvolumeclaims", _CHANGE, "parts of the workloads"),
    *_row("apps", "deployments", _CHANGE, "workloads"),
    *_row("apps", "statefulsets", _LOOK, "why a wait does not end"),
    *_row("apps", "statefulsets", _CHANGE, "Kafka", _KAFKA),
    *_row(_STRIMZI_GROUP, "kafkas kafkanodepools", _CHANGE, "Kafka, which Strimzi's operator makes from them", _STRIMZI),
    *_row(_STRIMZI_GROUP, "kafkatopics", _CHANGE, "what Strimzi's Topic Operator watches over", _KAFKA_TOPICS),
    *_row(_STRIMZI_GROUP, "kafkausers", _CHANGE, "who may log in to the brokers", _KAFKA_USERS),
    *_row("apps", "replicasets", _LOOK, "why a wait does not end"),
    *_row("batch", "jobs", _LOOK, "why a wait does not end"),
    *_row("batch", "jobs", _CHANGE, "pulling the model", _OLLAMA),
    *_row("", "pods events", _LOOK, "why a wait does not end, `status`"),
    *_row("", "pods/log", ("get",), "`logs`, last lines of what does not start"),
    *_row("", "secrets", _CHANGE, "keys of model servers, AKHQ's login, this machine's at the brokers", _SECRET),
    Right(
        group="",
        resource="secrets",
        verbs=("get",),
        why="secrets that somebody else keeps in the namespace, each by its name",
        case=_KEPT,
        names=_kept_secrets,
    ),
    *_row(_NETWORK, "networkpolicies", _CHANGE, "closing all ways but those in use", _POLICIES),
    *_row(_MONITORING, "podmonitors", _CHANGE, "what Prometheus asks", _MONITORS),
    *_row(_RBAC, "roles rolebindings", _CHANGE, "Flink's own account"),
    *_row(_FLINK, "flinkdeployments", _CHANGE, "the session cluster"),
    *_row("", "pods configmaps", _ALL, _FLINKS),
    *_row("apps", "deployments/finalizers", ("update",), _FLINKS),
    *_row(
        "",
        "services/proxy",
        ("get", "create", "patch", "delete"),
        "SQL Gateway, JobManager and model gateway, called through the API server",
    ),
    *_row("", "pods/portforward", ("get", "create"), "topics, `feed`, `watch`, `forward`"),
    *_row("", "pods/exec", ("get", "create"), "finding checkpoints on the volume after a loss"),
    *_row("", "secrets", _ALL, f"Helm's record of the operator; {_OPERATOR}", _INSTALL),
    *_row("", "services events", _ALL, _OPERATOR, _INSTALL),
    *_row("apps", "deployments/finalizers replicasets", _CHANGE, _OPERATOR, _INSTALL),
    *_row("apps", "deployments/scale", ("get", "update", "patch"), _OPERATOR, _INSTALL),
    *_row("extensions", "deployments ingresses", _CHANGE, _OPERATOR, _INSTALL),
    *_row(_NETWORK, "ingresses", _CHANGE, _OPERATOR, _INSTALL),
    *_row("coordination.k8s.io", "leases", _CHANGE, _OPERATOR, _INSTALL),
    *_row(_FLINK, _OPERATORS_KINDS, _CHANGE, _OPERATOR, _INSTALL),
    *_row(_FLINK, " ".join(f"{one}/finalizers" for one in _OPERATORS_KINDS.split()), _CHANGE, _OPERATOR, _INSTALL),
    *_row(_FLINK, " ".join(f"{one}/status" for one in _OPERATORS_KINDS.split()), ("get", "update", "patch"), _OPERATOR, _INSTALL),
    *(
        Right(group="", resource=one, verbs=("list",), why="`doctor`: does the stack fit", needed=False)
        for one in ("resourcequotas", "limitranges")
    ),
)
"""In the namespace of the stack."""


def _own_namespace(settings: Settings) -> tuple[str, ...]:
    return (settings.kubernetes.cluster.namespace,)


IN_CLUSTER: tuple[Right, ...] = (
    *_row("", "namespaces", ("create",), "making the namespace", _MANAGED),
    Right(
        group="",
        resource="namespaces",
        verbs=("get", "patch", "delete"),
        why="marking the namespace, and removing it when nothing of somebody else is in it",
        case=_MANAGED,
        names=_own_namespace,
    ),
    *_row(_CRDS, "customresourcedefinitions", ("get", "create", "patch"), "the operator's definitions", _DEFINITIONS),
    *_row(_CRDS, "customresourcedefinitions", ("delete",), "removing them", _NOT_RETAINED),
    Right(
        group="",
        resource="namespaces",
        verbs=("get",),
        why="telling a cluster from one that was made anew",
        case=_DEFINITIONS,
        needed=False,
        names=lambda _settings: ("kube-system",),
    ),
    *(
        Right(
            group=group,
            resource=resource,
            verbs=("list",),
            why="who else needs the definitions; they stay where that is not known",
            case=_NOT_RETAINED,
            needed=False,
        )
        for group, resource in (("apps", "deployments"), (_FLINK, "flinkdeployments"))
    ),
    Right(group="storage.k8s.io", resource="storageclasses", verbs=("list",), why="why a volume is not made, `doctor`", needed=False),
)
"""In the whole cluster."""


@dataclass(frozen=True, kw_only=True, order=True)
class Ask:
    """One question to the API server: may the user do this? `name` is empty for any object."""

    verb: str
    group: str
    resource: str
    name: str = ""

    def __str__(self) -> str:
        """As people write it: `create deployments.apps`."""
        group = f".{self.group}" if self.group else ""
        resource, _, below = self.resource.partition("/")
        return f"{self.verb} {resource}{group}{'/' if below else ''}{below}{f' {self.name}' if self.name else ''}"


def rights_of(settings: Settings, rows: tuple[Right, ...]) -> list[Right]:
    """Return the rows that a stack needs."""
    return [one for one in rows if one.case.applies(settings)]


def asks(settings: Settings, rows: tuple[Right, ...], *, needed: bool) -> list[Ask]:
    """Return what is asked for, each once. One that is needed by any row is needed."""
    must = set(_asks(settings, rows, needed=True))
    return sorted(must if needed else set(_asks(settings, rows, needed=False)) - must)


def _asks(settings: Settings, rows: tuple[Right, ...], *, needed: bool) -> Iterator[Ask]:
    for one in rights_of(settings, rows):
        if one.needed is needed:
            for verb in one.verbs:
                for name in one.names(settings) or ("",):
                    yield Ask(verb=verb, group=one.group, resource=one.resource, name=name)


def roles(settings: Settings, stack: str, subject: Mapping[str, str] | None = None) -> list[Manifest]:
    """Return Role and ClusterRole, and their bindings where a subject (`kind`, `name`) is given. What can be done without is in them."""
    namespace = settings.kubernetes.cluster.namespace
    name = f"flink-reviews-{stack}"
    local = rules([*asks(settings, IN_NAMESPACE, needed=True), *asks(settings, IN_NAMESPACE, needed=False)])
    wide = rules([*asks(settings, IN_CLUSTER, needed=True), *asks(settings, IN_CLUSTER, needed=False)])
    made: list[Manifest] = [
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": {"name": name, "namespace": namespace}, "rules": local},
        # The name of a ClusterRole is of the whole cluster.
        {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": f"{name}-{namespace}"}, "rules": wide},
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
    who = dict(subject) if subject["kind"] == "ServiceAccount" else {**subject, "apiGroup": _RBAC}
    for role in made:
        yield {
            "apiVersion": f"{_RBAC}/v1",
            "kind": f"{role['kind']}Binding",
            "metadata": dict(role["metadata"]),
            "roleRef": {"apiGroup": _RBAC, "kind": role["kind"], "name": role["metadata"]["name"]},
            "subjects": [who],
        }
