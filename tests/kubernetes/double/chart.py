"""The double of the operator's chart: its name and version, and the four kinds. Nothing of it is installed.

For a network in which the release cannot be fetched. The kinds know the names of a spec's fields, so that the API server refuses others;
what the real definitions refuse beyond that is tested against the real definitions elsewhere.
"""

from pathlib import Path

import yaml

from components.kubernetes.operator_chart import NAME, VERSION

GROUP, SERVED = "flink.apache.org", "v1beta1"
KINDS = {
    "flinkdeployments": "FlinkDeployment",
    "flinksessionjobs": "FlinkSessionJob",
    "flinkstatesnapshots": "FlinkStateSnapshot",
    "flinkbluegreendeployments": "FlinkBlueGreenDeployment",
}
FIELDS = {
    "FlinkDeployment": [
        "flinkConfiguration",
        "flinkVersion",
        "image",
        "imagePullPolicy",
        "ingress",
        "job",
        "jobManager",
        "logConfiguration",
        "mode",
        "podTemplate",
        "restartNonce",
        "serviceAccount",
        "taskManager",
    ],
    "FlinkSessionJob": ["deploymentName", "flinkConfiguration", "job", "restartNonce"],
    "FlinkStateSnapshot": ["backoffLimit", "checkpoint", "jobReference", "savepoint"],
    "FlinkBlueGreenDeployment": ["configuration", "ingress", "template"],
}
"""The fields of each kind's spec in 1.15.0."""
_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}


def write_chart(folder: Path) -> Path:
    """Write the chart below `folder` and return its own folder."""
    chart = folder / NAME
    (chart / "crds").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": NAME, "version": VERSION}), encoding="utf-8")
    for plural, kind in KINDS.items():
        file = chart / "crds" / f"{plural}.{GROUP}-v1.yml"
        file.write_text(yaml.safe_dump(_definition(plural, kind)), encoding="utf-8")
    return chart


def _definition(plural: str, kind: str) -> dict[str, object]:
    spec = {"type": "object", "properties": dict.fromkeys(FIELDS[kind], _ANYTHING)}
    version = {
        "name": SERVED,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": _ANYTHING}}},
    }
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
