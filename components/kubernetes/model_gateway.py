"""The model gateway as a component. Needs: its image. Owns: the Secret with the API key, Service and Deployment."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Secret, Service

from components.kubernetes.declaring import declare
from components.kubernetes.secrets import fingerprint
from components.names import MODEL_GATEWAY_TYPE
from manifests.model_gateway import ModelGatewayArgs, model_gateway, secret
from manifests.names import MODEL_GATEWAY, MODEL_GATEWAY_PORT


class ModelGateway(pulumi.ComponentResource):
    """`url` is the base URL for pods. The API key goes nowhere but into the Secret."""

    secret: Secret | None
    service: Service
    deployment: Deployment
    ready: list[pulumi.Resource]
    service_name: str
    port: int
    url: str

    def __init__(
        self,
        args: ModelGatewayArgs,
        *,
        api_key: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(MODEL_GATEWAY_TYPE, MODEL_GATEWAY, {}, opts)
        below = list(after)
        self.secret = None
        if api_key is not None:
            args = replace(args, has_api_key=True, secret_fingerprint=fingerprint(api_key))
            self.secret = declare(Secret, secret(args, pulumi.Output.secret(api_key)), parent=self, after=after)
            below.append(self.secret)
        service, deployment = model_gateway(args)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*below, self.service])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port, self.url = MODEL_GATEWAY, MODEL_GATEWAY_PORT, args.url
        self.register_outputs({"url": self.url})
