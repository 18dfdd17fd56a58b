"""Kafka as a component. Needs: the namespace. Owns: Service and StatefulSet. Tells: where pods and this machine reach the broker."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.core.v1 import Service

from components.kubernetes.declaring import declare
from components.names import KAFKA_TYPE
from manifests.kafka import KafkaArgs, kafka
from manifests.names import KAFKA


class Kafka(pulumi.ComponentResource):
    """`bootstrap` is for pods, `forwarded_bootstrap` for this machine, through a port-forward."""

    service: Service
    stateful_set: StatefulSet
    ready: list[pulumi.Resource]
    bootstrap: str
    forwarded_bootstrap: str

    def __init__(self, args: KafkaArgs, *, after: Sequence[pulumi.Resource] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(KAFKA_TYPE, KAFKA, {}, opts)
        service, stateful_set = kafka(args)
        self.service = declare(Service, service, parent=self, after=after)
        self.stateful_set = declare(StatefulSet, stateful_set, parent=self, after=[*after, self.service])
        self.ready = [self.service, self.stateful_set]
        self.bootstrap, self.forwarded_bootstrap = args.bootstrap, args.forwarded_bootstrap
        self.register_outputs({"bootstrap": self.bootstrap})
