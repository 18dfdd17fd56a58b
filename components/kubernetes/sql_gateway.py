"""The SQL Gateway as a component. Needs: the session cluster. Owns: Service and Deployment."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Service

from components.kubernetes.declaring import declare
from components.names import SQL_GATEWAY_TYPE
from manifests.names import SQL_GATEWAY, SQL_GATEWAY_PORT
from manifests.sql_gateway import SqlGatewayArgs, sql_gateway


class SqlGateway(pulumi.ComponentResource):
    """`service_name` and `port` are what the API server's proxy is asked for."""

    service: Service
    deployment: Deployment
    ready: list[pulumi.Resource]
    service_name: str
    port: int

    def __init__(self, args: SqlGatewayArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(SQL_GATEWAY_TYPE, SQL_GATEWAY, {}, opts)
        service, deployment = sql_gateway(args)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*after, self.service])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port = SQL_GATEWAY, SQL_GATEWAY_PORT
        self.register_outputs({"service": self.service_name})
