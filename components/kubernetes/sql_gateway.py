"""The SQL Gateway: the session cluster's own image, with no right on Kubernetes. It plans statements and submits jobs to the JobManager.

Needs: the session cluster. Owns: Service and Deployment. Its sessions live in its memory and only there, so there is one of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service

from cluster.names import JOB_MANAGER_PORT, REST_SERVICE, SQL_GATEWAY, SQL_GATEWAY_PORT
from components.kubernetes.declare import declare
from components.kubernetes.flink_configuration import FLINK_HOME, FLINK_USER, NO_OTHER_SITE, STATE_ON_VOLUME, FlinkState, state_options
from components.kubernetes.manifest import (
    TEMPORARY,
    Compute,
    Later,
    Manifest,
    container_security,
    labels,
    metadata,
    pod_basics,
    pod_security,
    scratch,
    selector,
    service,
)
from components.names import SQL_GATEWAY_TYPE

_COMPUTE = Compute(cpu="100m", cpu_limit="2", memory="1Gi")
_ANY = "0.0.0.0"  # noqa: S104 - in a pod, behind a policy that lets nobody in


@dataclass(frozen=True, kw_only=True)
class SqlGatewayArgs:
    """`image` is the session cluster's; `state` too. The interval holds for jobs that say nothing of their own."""

    namespace: str
    image: Later
    state: FlinkState = STATE_ON_VOLUME
    checkpoint_interval_seconds: int = 10
    compute: Compute = _COMPUTE


def options(args: SqlGatewayArgs) -> Mapping[str, str]:
    """Return its configuration.

    Checkpointing is the submitter's: an interval in the cluster's configuration reaches no SQL job (measured).
    """
    return {
        "execution.target": "remote",
        "rest.address": REST_SERVICE,
        "rest.port": str(JOB_MANAGER_PORT),
        "sql-gateway.endpoint.rest.address": _ANY,
        "sql-gateway.endpoint.rest.bind-address": _ANY,
        "sql-gateway.endpoint.rest.port": str(SQL_GATEWAY_PORT),
        # By default a page in the browser of whoever forwards the port may read the answers, session handles among them.
        "web.access-control-allow-origin": NO_OTHER_SITE,
        **state_options(args.state),
        # Windows and timestamps without a zone must not depend on where a node stands.
        "table.local-time-zone": "UTC",
        "execution.checkpointing.interval": f"{args.checkpoint_interval_seconds}s",
    }


def arguments(args: SqlGatewayArgs) -> list[str]:
    """Return the command line.

    The start script prints its help for any argument that has `-h` in it, and the image's entrypoint writes to its configuration folder:
    so the script is called itself, and options stand here one by one.
    """
    return ["start-foreground", *(f"-D{key}={value}" for key, value in options(args).items())]


def sql_gateway_manifests(args: SqlGatewayArgs) -> list[Manifest]:
    """Return Service and Deployment, in this order."""
    return [service(SQL_GATEWAY, args.namespace, {"rest": SQL_GATEWAY_PORT}), _deployment(args)]


def _deployment(args: SqlGatewayArgs) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(SQL_GATEWAY, args.namespace),
        "spec": {
            "replicas": 1,
            # A request that comes to the old one while the new one starts would find another one's sessions.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(SQL_GATEWAY)},
            "template": {"metadata": {"labels": labels(SQL_GATEWAY)}, "spec": _pod(args)},
        },
    }


def _pod(args: SqlGatewayArgs) -> dict[str, Any]:
    volumes, mounts = scratch({"temporary": TEMPORARY, "log": f"{FLINK_HOME}/log"})
    look = {"httpGet": {"path": "/v1/info", "port": SQL_GATEWAY_PORT}}
    return {
        **pod_basics(),
        "securityContext": pod_security(FLINK_USER),
        "containers": [
            {
                "name": SQL_GATEWAY,
                "image": args.image,
                "command": [f"{FLINK_HOME}/bin/sql-gateway.sh"],
                "args": arguments(args),
                "ports": [{"name": "rest", "containerPort": SQL_GATEWAY_PORT, "protocol": "TCP"}],
                "env": [
                    {"name": "JVM_ARGS", "value": "-XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError -Duser.timezone=UTC"},
                    # glibc keeps an arena of native memory for each of many threads unless it is told not to.
                    {"name": "MALLOC_ARENA_MAX", "value": "2"},
                ],
                "resources": args.compute.resources,
                "securityContext": container_security(),
                "startupProbe": {**look, "periodSeconds": 2, "failureThreshold": 90},
                "readinessProbe": {**look, "periodSeconds": 5, "timeoutSeconds": 5},
                "livenessProbe": {**look, "periodSeconds": 15, "timeoutSeconds": 10, "failureThreshold": 4},
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }


class SqlGateway(pulumi.ComponentResource):
    """`service_name` and `port` are what the API server's proxy is asked for."""

    service: Service
    deployment: Deployment
    ready: list[pulumi.Resource]
    service_name: str
    port: int

    def __init__(self, args: SqlGatewayArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(SQL_GATEWAY_TYPE, SQL_GATEWAY, {}, opts)
        service, deployment = sql_gateway_manifests(args)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*after, self.service])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port = SQL_GATEWAY, SQL_GATEWAY_PORT
        self.register_outputs({"service": self.service_name})
