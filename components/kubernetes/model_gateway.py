"""The model gateway as a component. Needs: its image. Owns: the Secret with the API keys, the ledger's volume, Service and Deployment."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim, Secret, Service

from components.kubernetes.declaring import declare
from components.kubernetes.secrets import fingerprint
from components.names import MODEL_GATEWAY_TYPE
from manifests.model_gateway import ModelGatewayArgs, model_gateway, secret
from manifests.names import MODEL_GATEWAY, MODEL_GATEWAY_PORT

_STRATEGY = "spec.strategy"
"""Where no model server was, and one comes: with `Recreate` Kubernetes refuses the numbers that it filled in for a rolling update."""


class ModelGateway(pulumi.ComponentResource):
    """`url` is the base URL for pods. The API keys go nowhere but into the Secret."""

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
        fallback_api_key: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(MODEL_GATEWAY_TYPE, MODEL_GATEWAY, {}, opts)
        below = list(after)
        self.secret = None
        keys = [key for key in (api_key, fallback_api_key) if key is not None]
        if keys:
            args = replace(
                args,
                has_api_key=api_key is not None,
                has_fallback_api_key=fallback_api_key is not None,
                secret_fingerprint=fingerprint(pulumi.Output.all(*keys).apply("\n".join)),
            )
            made = secret(args, pulumi.Output.secret(api_key or ""), pulumi.Output.secret(fallback_api_key or ""))
            self.secret = declare(Secret, made, parent=self, after=after)
            below.append(self.secret)
        *mounted, service, deployment = model_gateway(args)
        for manifest in mounted:
            claim = manifest["kind"] == "PersistentVolumeClaim"
            keep = claim and args.ledger.keep
            below.append(declare(PersistentVolumeClaim if claim else ConfigMap, manifest, parent=self, after=after, keep=keep))
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*below, self.service], replaced_with=[_STRATEGY])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port, self.url = MODEL_GATEWAY, MODEL_GATEWAY_PORT, args.url
        self.register_outputs({"url": self.url})
