"""The double of the operator's chart: its name and version, and the four kinds without their schemas. Nothing of it is installed.

For a network in which the release cannot be fetched. What the real definitions refuse is tested against the real definitions elsewhere.
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
    version = {
        "name": SERVED,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
