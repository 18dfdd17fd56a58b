"""Whether the namespace's ResourceQuotas, LimitRanges and Pod Security level let the stack in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cluster.api_server import ApiServer
from cluster.diagnosis.snapshot import labels_of, name_of
from cluster.errors import ApiServerForbiddenError
from cluster.limits import Demand, amount, container_of, limit_range_problems, quota_problems
from cluster.names import KAFKA, NAME_LABEL, OPERATOR, PART_OF, PART_OF_LABEL, STRIMZI_CLUSTER_LABEL
from cluster.ownership import NAMESPACES
from platforms.finding import WITHOUT, Finding
from platforms.kubernetes.inventory import demand
from settings import Settings

Json = Mapping[str, Any]
_LEVEL = "pod-security.kubernetes.io/enforce"
_KNOWN = ("restricted", "baseline", "privileged")


def check_limits(api_server: ApiServer, settings: Settings) -> Iterator[Finding]:
    """Compare the stack with what the namespace allows. Raises ClusterError."""
    name = settings.kubernetes.cluster.namespace
    quotas, ranges = (_listed(api_server, f"{NAMESPACES}/{name}/{kind}") for kind in ("resourcequotas", "limitranges"))
    if quotas is None or ranges is None:
        what = f"whether quotas of namespace {name} hold the stack is not known: they may not be listed"
        yield Finding(subject="limits", ok=False, what=what, fix=WITHOUT, blocks=False)
    wanted = demand(settings)
    present = _present(api_server, settings) if quotas else Demand()
    problems = [*quota_problems(quotas or (), wanted, present), *limit_range_problems(ranges or (), wanted)]
    for problem in problems:
        yield Finding(
            subject="limits",
            ok=False,
            what=f"{problem}, in namespace {name}",
            fix="ask who runs the cluster for more, or ask for less: `kafka.memory`, `flink.taskManagerMemory`, `model.memory`, "
            "`akhq.enabled: false`, the sizes of volumes",
        )
    if (quotas or ranges) and not problems:
        told = ", ".join(
            f"{kind} {one['metadata']['name']}" for kind, some in (("quota", quotas), ("limits", ranges)) for one in some or ()
        )
        yield Finding(subject="limits", ok=True, what=f"the stack fits into {told} of namespace {name}")


def security_finding(namespace: Json) -> Finding:
    """Tell the Pod Security level that a namespace of somebody else enforces: every pod of the stack meets the strictest."""
    name, level = name_of(namespace), str(labels_of(namespace).get(_LEVEL) or "")
    if level in _KNOWN:
        return Finding(
            subject="security", ok=True, what=f"namespace {name} enforces Pod Security level {level}: every pod of the stack meets it"
        )
    if level:
        what = f"namespace {name} enforces Pod Security level {level!r}, which is none of {', '.join(_KNOWN)}"
        return Finding(subject="security", ok=False, blocks=False, what=what, fix=f"ask who runs the cluster to correct label {_LEVEL}")
    return Finding(
        subject="security",
        ok=False,
        blocks=False,
        what=f"namespace {name} enforces no Pod Security level; the stack's own pods meet `restricted` all the same",
        fix=f"who runs the cluster can set it: `kubectl label namespace {name} {_LEVEL}=restricted`",
    )


def _present(api_server: ApiServer, settings: Settings) -> Demand:
    """Return what of the stack is there already: the quota counts it as used."""
    place = f"{NAMESPACES}/{settings.kubernetes.cluster.namespace}"
    pods = {
        name_of(pod): [
            container_of(str(one["name"]), one.get("resources") or {}) for one in (pod.get("spec") or {}).get("containers") or ()
        ]
        for pod in _listed(api_server, f"{place}/pods") or ()
        if _is_ours(pod, settings) and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    }
    claims = {
        name_of(claim): amount(((claim.get("spec") or {}).get("resources") or {}).get("requests", {}).get("storage", "0"))
        for claim in _listed(api_server, f"{place}/persistentvolumeclaims") or ()
        if _is_ours(claim, settings)
    }
    return Demand(pods=pods, claims=claims, storage_class=settings.kubernetes.cluster.storage_class)


def _is_ours(thing: Json, settings: Settings) -> bool:
    labels = labels_of(thing)
    of_strimzi = settings.kubernetes.has_strimzi and labels.get(STRIMZI_CLUSTER_LABEL) == KAFKA
    of_operator = settings.kubernetes.operator.install and labels.get(NAME_LABEL) == OPERATOR
    return labels.get(PART_OF_LABEL) == PART_OF or of_strimzi or of_operator


def _listed(api_server: ApiServer, path: str) -> Sequence[Json] | None:
    try:
        return api_server.read(path).get("items") or ()
    except ApiServerForbiddenError:
        return None
