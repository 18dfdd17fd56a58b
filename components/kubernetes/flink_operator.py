"""The Flink operator as a component. Needs: the namespace. Owns: its four CustomResourceDefinitions and the Helm release.

Either may be somebody else's: then the stack has no resource for it.

Destroyed after everything that carries its finalizer: without an operator a FlinkDeployment can never go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from cluster.decoration import Decoration
from cluster.names import OPERATOR
from components.kubernetes.manifest import Compute, container_security
from components.kubernetes.operator_chart import OperatorChart
from components.names import FLINK_OPERATOR_TYPE
from components.providers.custom_resource_definition import ClusterAccess, CustomResourceDefinition

_USER = 9999
OPERATOR_COMPUTE = Compute(cpu="100m", cpu_limit="1", memory="768Mi")
"""Measured: 308 to 356 MB with one session cluster."""
_READY_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class FlinkOperatorArgs:
    """`webhook` needs cert-manager in the cluster. `retain_crds` leaves the definitions when the stack goes: others may use them.

    `install` and `manage_crds` are False for what somebody else provides. `cluster` is where the definitions are applied; None takes the
    cluster of this project's own settings, which another Pulumi program does not have.
    """

    namespace: str
    chart: OperatorChart
    webhook: bool = False
    retain_crds: bool = True
    install: bool = True
    manage_crds: bool = True
    decoration: Decoration = field(default_factory=Decoration)
    cluster: ClusterAccess | None = None


class FlinkOperator(pulumi.ComponentResource):
    """It watches its own namespace only, so that it needs no right outside. `release` is None where somebody else runs one."""

    crds: dict[str, CustomResourceDefinition]
    release: Release | None
    ready: list[pulumi.Resource]

    def __init__(
        self, args: FlinkOperatorArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(FLINK_OPERATOR_TYPE, OPERATOR, {}, opts)
        below = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self.crds = {}
        if args.manage_crds:
            self.crds = {
                name: CustomResourceDefinition(name, args.chart, retain=args.retain_crds, cluster=args.cluster, opts=below)
                for name in sorted(args.chart.crds)
            }
        self.release = self._release(args, after) if args.install else None
        self.ready = [*self.crds.values(), *([self.release] if self.release else [])]
        self.register_outputs({"version": args.chart.version})

    def _release(self, args: FlinkOperatorArgs, after: Sequence[pulumi.Resource]) -> Release:
        return Release(
            OPERATOR,
            name=OPERATOR,
            namespace=args.namespace,
            chart=args.chart.location,
            version=args.chart.version,
            values=operator_values(args),
            skip_crds=True,
            max_history=3,
            timeout=_READY_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*after, *self.crds.values()]),
        )


def operator_values(args: FlinkOperatorArgs) -> dict[str, Any]:
    """Return what the chart is told. Flink's own account is the session cluster's: the chart's has more rights and outlives the release."""
    confined = container_security(read_only=False)
    wanted = args.decoration
    pod = {
        "labels": dict(wanted.labels),
        "annotations": dict(wanted.annotations),
        "nodeSelector": dict(wanted.node_selector),
        "tolerations": [dict(one) for one in wanted.tolerations],
        "priorityClassName": wanted.priority_class,
    }
    # An empty value would be a change of every release that is installed.
    decoration = {name: value for name, value in pod.items() if value}
    account = {"operatorServiceAccount": {"annotations": dict(wanted.account_annotations)}} if wanted.account_annotations else {}
    pull = {"imagePullSecrets": wanted.pull_secrets} if wanted.image_pull_secrets else {}
    return {
        # The repository is the chart's own, so that a mirrored chart brings its mirror along.
        "image": {"tag": args.chart.version},
        "watchNamespaces": [args.namespace],
        "webhook": {"create": args.webhook},
        "jobServiceAccount": {"create": False},
        "rbac": {"jobRole": {"create": False}, "jobRoleBinding": {"create": False}},
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "operatorSecurityContext": confined,
        "webhookSecurityContext": confined,
        "operatorPod": {"resources": OPERATOR_COMPUTE.resources, "webhook": {"resources": OPERATOR_COMPUTE.resources}, **decoration},
        **account,
        **pull,
    }
