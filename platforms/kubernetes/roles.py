"""The rights of a stack's user as a file for whoever runs the cluster."""

from collections.abc import Iterator, Mapping

import yaml

from platforms.kubernetes.required_rights import roles
from settings import Settings


def roles_file(settings: Settings, stack: str, subject: Mapping[str, str] | None) -> str:
    """Return Role and ClusterRole as YAML, bound to the subject where one is given."""
    remarks = [f"# {line}" for line in _remarks(managed=settings.kubernetes.cluster.manage_namespace)]
    return "\n".join([*remarks, yaml.safe_dump_all(roles(settings, stack, subject), sort_keys=False).rstrip()])


def _remarks(*, managed: bool) -> Iterator[str]:
    yield "docs/rights.md says what each right is for."
    if managed:
        yield "kubernetes.manageNamespace is true: the namespace is made by `up`, so the Role can be applied only after it is made by hand;"
        yield "or bind its rules in a ClusterRole. With `kubernetes.manageNamespace: false` the namespace is there before."
