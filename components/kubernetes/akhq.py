"""AKHQ as a component. Needs: Kafka. Owns: its login where one is asked for, ConfigMap, Service and Deployment."""

from collections.abc import Sequence
from dataclasses import replace

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service

from components.kubernetes.declaring import declare
from components.kubernetes.secrets import fingerprint
from components.names import AKHQ_PASSWORD, AKHQ_SIGNING_SECRET, AKHQ_TYPE
from components.providers.generated_secret import GeneratedSecret
from manifests.akhq import READER, AkhqArgs, akhq, password_digest, secret, secret_values
from manifests.names import AKHQ, AKHQ_PORT


class Akhq(pulumi.ComponentResource):
    """`login` and `password` are of the only user, who may read; both None where AKHQ is open."""

    secret: Secret | None
    config_map: ConfigMap
    service: Service
    deployment: Deployment
    ready: list[pulumi.Resource]
    service_name: str
    port: int
    login: str | None
    password: pulumi.Output[str] | None

    def __init__(
        self,
        args: AkhqArgs,
        *,
        kafka_login: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`kafka_login` is the value of `sasl.jaas.config` for a broker that asks for one."""
        super().__init__(AKHQ_TYPE, AKHQ, {}, opts)
        args = replace(args, has_kafka_login=kafka_login is not None)
        values = self._secret_values(args, kafka_login, after)
        below = list(after)
        self.secret = None
        if args.has_secret:
            args = replace(args, secret_fingerprint=fingerprint(pulumi.Output.json_dumps(values)))
            self.secret = declare(Secret, secret(args, values), parent=self, after=after)
            below.append(self.secret)
        config_map, service, deployment = akhq(args)
        self.config_map = declare(ConfigMap, config_map, parent=self, after=after)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*below, self.config_map, self.service])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port = AKHQ, AKHQ_PORT
        self.register_outputs({"service": self.service_name})

    def _secret_values(
        self, args: AkhqArgs, kafka_login: pulumi.Input[str] | None, after: Sequence[pulumi.Resource]
    ) -> dict[str, pulumi.Input[str]]:
        self.login, self.password = None, None
        signing_secret: pulumi.Output[str] | str = ""
        digest: pulumi.Output[str] | str = ""
        if args.secured:
            options = pulumi.ResourceOptions(parent=self, depends_on=list(after))
            self.login, self.password = READER, GeneratedSecret(AKHQ_PASSWORD, opts=options).secret_text
            signing_secret = GeneratedSecret(AKHQ_SIGNING_SECRET, opts=options).secret_text
            digest = self.password.apply(password_digest)
        login = None if kafka_login is None else pulumi.Output.secret(kafka_login)
        return secret_values(args, signing_secret=signing_secret, digest=digest, login=login)
