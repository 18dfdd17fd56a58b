"""The stack `dev` made ready for the named cluster: settings, plugins or their doubles, the operator or its double."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cluster.api_server import connect
from tests.kubernetes.double.chart import write_chart
from tests.kubernetes.double.flink_deployment import REST_PORT
from tests.kubernetes.double.objects import Cluster, Manifest
from tests.kubernetes.double.operator import Operator
from tests.kubernetes.double.plugin import write_launcher
from tests.kubernetes.given import Setting
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.parts import Parts
from tests.kubernetes.stack import STACK, KubernetesStack
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY, ProjectCopy

_PASSPHRASE = "of a test"


@contextmanager
def kubernetes_stack(folder: Path, cluster: Cluster, parts: Parts, given: Setting) -> Iterator[KubernetesStack]:
    """Give the stack, not yet up. Whatever happens, it is down at the end."""
    copy = ProjectCopy(folder, stack=STACK)
    if not parts.operator and not given.chart:
        given = replace(given, chart=str(write_chart(folder / "doubles")))
    port = free_ports(1)[0]
    chart = {"operator__chart": given.chart} if given.chart else {}
    copy.configure(
        kubernetes__context=given.context,
        kubernetes__kubeconfig=given.kubeconfig,
        kubernetes__namespace=NAMESPACE,
        ports__kafka=port,
        flink__line=given.flink_line,
        model__kind=given.model_kind,
        bundle__parameters__window_seconds=5,
        flink__checkpointIntervalSeconds=5,
        **SMALL,
        **chart,
    )
    temporary = folder / "temporary"
    temporary.mkdir()
    copy.environment |= {
        "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
        "PATH": f"{_doubles(folder, parts)}{os.environ['PATH']}",
        "TMPDIR": str(temporary),
    }
    api_server = connect(given.context, given.kubeconfig)
    stack = KubernetesStack(
        copy=copy, cluster=cluster, parts=parts, api_server=api_server, kafka_port=port, given=given, temporary=temporary
    )
    operator = None if parts.operator else Operator(cluster, NAMESPACE, _jobs(stack))
    if operator:
        operator.start()
    try:
        yield stack
    finally:
        try:
            stack.down()
        finally:
            if operator:
                operator.stop()


SMALL = {
    "kafka__storage": "1Gi",
    "flink__storage": "1Gi",
    "model__storage": "1Gi",
    "model__memory": "512Mi",
    "model__cpu": "100m",
    "kafka__cpu": "100m",
    "flink__cpu": "100m",
}
"""Sizes for a machine that runs tests, two stacks on two CPUs; the model server's are for a stand-in or a small model."""


def _doubles(folder: Path, parts: Parts) -> str:
    """Write launchers of the doubled plugins and return their folder as the beginning of a PATH."""
    doubled = [name for name, real in (("kubernetes", parts.kubernetes_plugin), ("docker", parts.docker_plugin)) if not real]
    for name in doubled:
        write_launcher(folder / "doubles", name, REPOSITORY)
    return f"{folder / 'doubles'}{os.pathsep}" if doubled else ""


def _jobs(stack: KubernetesStack) -> Callable[[Manifest], list[str]]:
    """Return how the doubled operator asks a session cluster for the states of its jobs."""

    def states(deployment: Manifest) -> list[str]:
        service = (f"{deployment['metadata']['name']}-rest", REST_PORT)
        return [str(job["state"]) for job in stack.get(service, "/jobs/overview")["jobs"]]

    return states
