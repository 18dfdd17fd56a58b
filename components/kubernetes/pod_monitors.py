"""PodMonitors: what a Prometheus of the Prometheus operator asks, with the labels that rules and dashboard of docs/monitoring read.

Needs: the namespace, and the operator's kind PodMonitor in the cluster. They select pods by label, so no pod has to be there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from cluster.names import COMPONENT_LABEL, MODEL_GATEWAY, SESSION_CLUSTER
from components.kubernetes.declare import declare
from components.kubernetes.manifest import Manifest, metadata, selector
from components.names import POD_MONITORS, POD_MONITORS_TYPE, job_name

API_VERSION = "monitoring.coreos.com/v1"
PLURAL = "podmonitors"
_SCRAPE_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class PodMonitorArgs:
    """`stack` becomes the label by which stacks in one Prometheus are told apart."""

    namespace: str
    stack: str


def pod_monitor_manifests(args: PodMonitorArgs) -> list[Manifest]:
    """Return those of Flink's pods and of the model gateway's."""
    process = {"sourceLabels": [_meta_label(COMPONENT_LABEL)], "targetLabel": "process"}
    # Of any stack: pipelines of other stacks may run on this one's Flink.
    statement = {"sourceLabels": ["job_name"], "regex": job_name("[^/]+", "(.+)"), "targetLabel": "statement"}
    return [
        _pod_monitor(args, SESSION_CLUSTER, port="metrics", job="flink", more=[process], metrics=[statement]),
        _pod_monitor(args, MODEL_GATEWAY, port="http", job="model-gateway", more=[_fixed("process", MODEL_GATEWAY)]),
    ]


def _pod_monitor(
    args: PodMonitorArgs, name: str, *, port: str, job: str, more: list[dict[str, Any]], metrics: Sequence[dict[str, Any]] = ()
) -> Manifest:
    endpoint = {
        "port": port,
        "path": "/metrics",
        "interval": f"{_SCRAPE_SECONDS}s",
        "relabelings": [_fixed("job", job), _fixed("stack", args.stack), *more],
        **({"metricRelabelings": list(metrics)} if metrics else {}),
    }
    return {
        "apiVersion": API_VERSION,
        "kind": "PodMonitor",
        "metadata": metadata(name, args.namespace),
        "spec": {"selector": {"matchLabels": selector(name)}, "podMetricsEndpoints": [endpoint]},
    }


def _fixed(label: str, value: str) -> dict[str, Any]:
    return {"targetLabel": label, "replacement": value}


def _meta_label(label: str) -> str:
    """Return the name under which Prometheus' discovery has a label of the pod."""
    return "__meta_kubernetes_pod_label_" + "".join(one if one.isalnum() else "_" for one in label)


class PodMonitors(pulumi.ComponentResource):
    """One for each kind of pod that is asked."""

    ready: list[pulumi.Resource]

    def __init__(self, args: PodMonitorArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(POD_MONITORS_TYPE, POD_MONITORS, {}, opts)
        self.ready = [declare(CustomResource, one, parent=self, after=after) for one in pod_monitor_manifests(args)]
        self.register_outputs({"podMonitors": [SESSION_CLUSTER, MODEL_GATEWAY]})
