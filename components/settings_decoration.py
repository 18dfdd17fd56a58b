"""What a stack's configuration asks of every object and pod in a cluster."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cluster.decoration import Decoration
from components.settings_key import Key, Value
from components.settings_key_objects import annotations, labels, names, subdomain, tolerations

LABELS = "kubernetes.labels"
ANNOTATIONS = "kubernetes.annotations"
TOLERATIONS = "kubernetes.tolerations"
NODE_SELECTOR = "kubernetes.nodeSelector"
PRIORITY_CLASS = "kubernetes.priorityClass"
PULL_SECRETS = "kubernetes.imagePullSecrets"
ACCOUNT_ANNOTATIONS = "kubernetes.serviceAccountAnnotations"

DECORATION_KEYS: tuple[Key, ...] = (
    labels(LABELS, "cost-center=analytics,team=reviews"),
    annotations(ANNOTATIONS, "example.com/owner=reviews@example.com"),
    tolerations(TOLERATIONS, "dedicated=flink:NoSchedule"),
    labels(NODE_SELECTOR, "pool=flink"),
    subdomain(PRIORITY_CLASS, "streaming"),
    names(PULL_SECRETS, "registry-login"),
    annotations(ACCOUNT_ANNOTATIONS, "eks.amazonaws.com/role-arn=arn:aws:iam::123456789012:role/flink"),
)

_OURS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LABELS: ("app.kubernetes.io/", "pod-security.kubernetes.io/", "kubernetes.io/", "app", "component", "type"),
        ANNOTATIONS: ("flink-reviews/", "pulumi.com/", "meta.helm.sh/"),
        ACCOUNT_ANNOTATIONS: ("flink-reviews/", "pulumi.com/", "meta.helm.sh/"),
    }
)
"""Names, and prefixes with a slash, by which the stack, Flink, Helm or Kubernetes know objects."""


def decoration_problems(values: Mapping[str, Value]) -> list[str]:
    """Return which labels and annotations would change what an object is known by."""
    return [
        f"{key} sets {name}: by it the stack's objects are known, so it is not to be chosen. Choose another name"
        for key, ours in _OURS.items()
        for name in _pairs(values, key)
        if any(name.startswith(one) if one.endswith("/") else name == one for one in ours)
    ]


def decoration(values: Mapping[str, Value]) -> Decoration:
    """Return what the settings ask for."""
    listed: list[dict[str, str]] = json.loads(str(values[TOLERATIONS]) or "[]")
    return Decoration(
        labels=_pairs(values, LABELS),
        annotations=_pairs(values, ANNOTATIONS),
        tolerations=tuple(listed),
        node_selector=_pairs(values, NODE_SELECTOR),
        priority_class=str(values[PRIORITY_CLASS]),
        image_pull_secrets=tuple(one for one in str(values[PULL_SECRETS]).split(",") if one),
        account_annotations=_pairs(values, ACCOUNT_ANNOTATIONS),
    )


def _pairs(values: Mapping[str, Value], key: str) -> dict[str, str]:
    read: dict[str, Any] = json.loads(str(values[key]) or "{}")
    return {name: str(value) for name, value in read.items()}
