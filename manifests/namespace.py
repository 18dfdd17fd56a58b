"""The namespace, with the Pod Security Standard that its pods must meet."""

from dataclasses import dataclass

from manifests.manifest import Manifest, labels


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """`pod_security` is `restricted`, `baseline` or `privileged`: what admission enforces."""

    name: str
    pod_security: str = "restricted"


def namespace(args: NamespaceArgs) -> Manifest:
    """Return the Namespace. Pods that break the standard are refused, and whoever applies them is warned."""
    levels = {f"pod-security.kubernetes.io/{mode}": args.pod_security for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": args.name, "labels": {**labels(args.name), **levels}}}
