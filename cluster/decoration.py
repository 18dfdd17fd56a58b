"""What the administrators of a shared cluster require of every object and pod: labels, annotations, tolerations, node selectors.

It is added to finished manifests, so that no workload can be forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = dict[str, Any]

_TEMPLATES = frozenset({"Deployment", "StatefulSet", "Job"})
_FLINK = "FlinkDeployment"
_STRIMZI_POOL, _STRIMZI_KAFKA = "KafkaNodePool", "Kafka"


@dataclass(frozen=True, kw_only=True)
class Decoration:
    """`labels` and `annotations` are for objects and pods, the rest is for pods; `account_annotations` are for ServiceAccounts."""

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, str]] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    priority_class: str = ""
    image_pull_secrets: Sequence[str] = ()
    account_annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def pull_secrets(self) -> list[dict[str, str]]:
        """The `imagePullSecrets` of a pod."""
        return [{"name": one} for one in self.image_pull_secrets]


def decorated(manifest: Manifest, wanted: Decoration) -> Manifest:
    """Return the manifest with the decoration added. Its own labels and annotations are kept; selectors do not change."""
    kind = manifest["kind"]
    made: Manifest = {**manifest, "metadata": _metadata(manifest.get("metadata") or {}, wanted)}
    if kind == "ServiceAccount":
        made["metadata"] = _with(made["metadata"], "annotations", wanted.account_annotations)
    if kind in _TEMPLATES:
        made["spec"] = {**made["spec"], "template": _pod(made["spec"]["template"], wanted)}
    if kind == "StatefulSet" and made["spec"].get("volumeClaimTemplates"):
        claims = [{**one, "metadata": _metadata(one.get("metadata") or {}, wanted)} for one in made["spec"]["volumeClaimTemplates"]]
        made["spec"] = {**made["spec"], "volumeClaimTemplates": claims}
    if kind == _FLINK:
        made["spec"] = _flink(made["spec"], wanted)
    if kind == _STRIMZI_POOL:
        made["spec"] = {**made["spec"], "template": _strimzi_nodes(made["spec"].get("template") or {}, wanted)}
    if kind == _STRIMZI_KAFKA and made["spec"].get("entityOperator"):
        operator = made["spec"]["entityOperator"]
        template = operator.get("template") or {}
        pod = {**template, "pod": _strimzi_pod(template.get("pod") or {}, wanted)}
        made["spec"] = {**made["spec"], "entityOperator": {**operator, "template": pod}}
    return made


def _strimzi_nodes(template: Mapping[str, Any], wanted: Decoration) -> dict[str, Any]:
    """Return the template of Kafka's nodes with the decoration: pods, and the claims of their volumes."""
    made = {**template, "pod": _strimzi_pod(template.get("pod") or {}, wanted)}
    claim = _metadata((template.get("persistentVolumeClaim") or {}).get("metadata") or {}, wanted)
    return {**made, "persistentVolumeClaim": {"metadata": claim}} if claim else made


def _strimzi_pod(pod: Mapping[str, Any], wanted: Decoration) -> dict[str, Any]:
    """Return a pod as Strimzi's templates have it: metadata beside the pod's own fields, and nodes are chosen by affinity alone."""
    metadata = _metadata(pod.get("metadata") or {}, wanted)
    given = {key: value for key, value in pod.items() if key != "metadata"}
    spec = dict(_pod({"spec": given}, wanted)["spec"])
    if chosen := spec.pop("nodeSelector", None):
        terms = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(chosen.items())]
        required = {"nodeSelectorTerms": [{"matchExpressions": terms}]}
        spec["affinity"] = {**(spec.get("affinity") or {}), "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return {**spec, **({"metadata": metadata} if metadata else {})}


def _flink(spec: Mapping[str, Any], wanted: Decoration) -> dict[str, Any]:
    """Return the spec of a FlinkDeployment with the decoration.

    Flink creates the JobManager's Deployment and all pods: labels come from its configuration, the rest from the pod template.
    """
    told = {
        f"kubernetes.{process}.{what}": _flink_map(pairs)
        for process in ("jobmanager", "taskmanager")
        for what, pairs in (("labels", wanted.labels), ("annotations", wanted.annotations))
        if pairs
    }
    return {**spec, "flinkConfiguration": {**spec["flinkConfiguration"], **told}, "podTemplate": _pod(spec["podTemplate"], wanted)}


def _flink_map(pairs: Mapping[str, str]) -> str:
    """Format a map as Flink reads it: `key:value` separated by commas, with single quotes around what contains one of these signs."""
    return ",".join(_quoted(f"{_quoted(key, ':')}:{_quoted(value, ':')}", ",") for key, value in sorted(pairs.items()))


def _quoted(text: str, separator: str) -> str:
    return "'" + text.replace("'", "''") + "'" if any(one in text for one in (separator, "'", '"')) else text


def _pod(template: Mapping[str, Any], wanted: Decoration) -> dict[str, Any]:
    spec = dict(template["spec"])
    if wanted.tolerations:
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *(dict(one) for one in wanted.tolerations)]
    if wanted.node_selector:
        spec["nodeSelector"] = {**wanted.node_selector, **(spec.get("nodeSelector") or {})}
    if wanted.priority_class:
        spec["priorityClassName"] = wanted.priority_class
    if wanted.image_pull_secrets:
        spec["imagePullSecrets"] = wanted.pull_secrets
    return {**template, "metadata": _metadata(template.get("metadata") or {}, wanted), "spec": spec}


def _metadata(given: Mapping[str, Any], wanted: Decoration) -> dict[str, Any]:
    return _with(_with(given, "labels", wanted.labels), "annotations", wanted.annotations)


def _with(metadata: Mapping[str, Any], what: str, more: Mapping[str, str]) -> dict[str, Any]:
    """Add to a map of the metadata. Leave out an empty one, because it would look like a change on every run."""
    return {**metadata, what: {**more, **(metadata.get(what) or {})}} if more else dict(metadata)
