"""What a Kubernetes stack needs on the machine to be declared: a kubeconfig that names its context, and a chart of the operator."""

from pathlib import Path

import yaml

CRDS = ("flinkbluegreendeployments", "flinkdeployments", "flinksessionjobs", "flinkstatesnapshots")
LOCAL_SERVER = "https://127.0.0.1:6443"


def write_kubeconfig(file: Path, context: str, server: str = LOCAL_SERVER) -> Path:
    """Write a kubeconfig with one context, whose current context is another one."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "somewhere-else",
        "clusters": [{"name": "cluster", "cluster": {"server": server}}],
        "users": [{"name": "user", "user": {"token": "token"}}],
        "contexts": [{"name": context, "context": {"cluster": "cluster", "user": "user"}}],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def definition(plural: str, *fields: str) -> dict[str, object]:
    """Return a small CustomResourceDefinition of the operator's group whose objects have these fields."""
    properties = {field: {"type": "string"} for field in fields}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.flink.apache.org"},
        "spec": {
            "group": "flink.apache.org",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": plural.title()},
            "versions": [
                {
                    "name": "v1beta1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}},
                }
            ],
        },
    }


def write_chart(folder: Path, version: str = "1.15.0", *fields: str) -> Path:
    """Write a chart with the four definitions, each with these fields, and no template."""
    crds = folder / "crds"
    crds.mkdir(parents=True, exist_ok=True)
    about = {"apiVersion": "v2", "name": "flink-kubernetes-operator", "version": version, "appVersion": version}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about), encoding="utf-8")
    for plural in CRDS:
        (crds / f"{plural}.flink.apache.org-v1.yml").write_text(yaml.safe_dump(definition(plural, *fields)), encoding="utf-8")
    return folder


def stack_values(folder: Path, context: str) -> dict[str, str]:
    """Return the keys that let a Kubernetes stack be declared on this machine, after writing what they name."""
    return {
        "kubernetes.kubeconfig": str(write_kubeconfig(folder / "kubeconfig", context)),
        "operator.chart": str(write_chart(folder / "chart")),
        "data.folder": str(folder / "data"),
    }
