"""Ollama as a component. Needs: the namespace. Owns: volume, Service, Deployment, and the Job that pulls the models."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.batch.v1 import Job
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim, Service

from components.kubernetes.declaring import declare
from components.names import MODEL_SERVER_TYPE
from manifests.model_pull import model_pull
from manifests.model_server import ModelServerArgs, model_server
from manifests.names import OLLAMA


class ModelServer(pulumi.ComponentResource):
    """`endpoint` is the base URL of the OpenAI-compatible interface. It is ready when every model answers, which the Job waits for."""

    volume_claim: PersistentVolumeClaim
    service: Service
    deployment: Deployment
    pull: Job
    ready: list[pulumi.Resource]
    endpoint: str

    def __init__(self, args: ModelServerArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(MODEL_SERVER_TYPE, OLLAMA, {}, opts)
        claim, service, deployment = model_server(args)
        config_map, pull = model_pull(args)
        self.volume_claim = declare(PersistentVolumeClaim, claim, parent=self, after=after, keep=args.storage.keep)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*after, self.service, self.volume_claim])
        script = declare(ConfigMap, config_map, parent=self, after=after)
        self.pull = declare(Job, pull, parent=self, after=[*after, self.deployment, script])
        self.ready = [self.service, self.deployment, self.pull]
        self.endpoint = args.endpoint
        self.register_outputs({"endpoint": self.endpoint})
