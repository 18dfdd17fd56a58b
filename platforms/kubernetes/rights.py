"""Whether the user of the stack's context has the rights that the stack needs, and who can give those that are missing."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cluster.api_server import ApiServer
from platforms.finding import WITHOUT, Finding
from platforms.kubernetes.required_rights import IN_CLUSTER, IN_NAMESPACE, Ask, asks
from settings import Settings

_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_AT_ONCE = 8


def check_rights(api_server: ApiServer, settings: Settings, stack: str) -> Iterator[Finding]:
    """Ask for each right, one request for each. Raises ClusterError when the API server does not answer."""
    where = settings.kubernetes.cluster
    print_them = f"`python -m console --stack {stack} rights --user <name>` prints the roles to apply"
    local = _missing(api_server, asks(settings, IN_NAMESPACE, needed=True), where.namespace)
    wide = _missing(api_server, asks(settings, IN_CLUSTER, needed=True), "")
    if local:
        yield Finding(
            subject="rights",
            ok=False,
            what=f"context {where.context} may not {_described(local)} in namespace {where.namespace}",
            fix=f"ask who runs the cluster: an `admin` of the namespace can give only what he has himself. {print_them}",
        )
    if wide:
        yield Finding(
            subject="rights",
            ok=False,
            what=f"context {where.context} may not {_described(wide)} in the whole cluster",
            fix=f"ask who runs the cluster for them ({print_them}), or let them provide it: {_switches(wide)}",
        )
    if not local and not wide:
        yield Finding(subject="rights", ok=True, what=f"enough for namespace {where.namespace}{_and_cluster(settings)}")
    without = _missing(api_server, asks(settings, IN_NAMESPACE, needed=False), where.namespace)
    without += _missing(api_server, asks(settings, IN_CLUSTER, needed=False), "")
    if without:
        what = f"context {where.context} may not {_described(without)}: only the information it gives will be missing"
        yield Finding(subject="rights", ok=False, what=what, fix=WITHOUT, blocks=False)


def _missing(api_server: ApiServer, wanted: Sequence[Ask], namespace: str) -> list[Ask]:
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        answers = list(pool.map(lambda one: _may(api_server, one, namespace), wanted))
    return [one for one, allowed in zip(wanted, answers, strict=True) if not allowed]


def _may(api_server: ApiServer, asked: Ask, namespace: str) -> bool:
    resource, _, below = asked.resource.partition("/")
    attributes = {"verb": asked.verb, "group": asked.group, "resource": resource, "subresource": below, "name": asked.name}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {**attributes, "namespace": namespace}},
    }
    answer: Mapping[str, Any] = api_server.ask(_ACCESS, body).get("status") or {}
    return bool(answer.get("allowed"))


def _described(missing: Sequence[Ask]) -> str:
    """Name them by object, verbs together: `create and patch roles.rbac.authorization.k8s.io`."""
    verbs: dict[str, list[str]] = {}
    for one in missing:
        verbs.setdefault(str(one).partition(" ")[2], []).append(one.verb)
    return "; ".join(f"{', '.join(some)} {what}" for what, some in verbs.items())


def _switches(missing: Sequence[Ask]) -> str:
    keys = {"namespaces": "`kubernetes.manageNamespace: false`", "customresourcedefinitions": "`crds.manage: false`"}
    return ", ".join(sorted({keys[one.resource] for one in missing if one.resource in keys}))


def _and_cluster(settings: Settings) -> str:
    parts = [
        *(["the namespace itself"] if settings.kubernetes.cluster.manage_namespace else []),
        *(["the operator's definitions"] if settings.kubernetes.operator.manage_crds else []),
    ]
    return f" and for {' and '.join(parts)}" if parts else ", and none is needed in the whole cluster"
