"""AKHQ, the web page on Kafka. Open, for one's own machine behind a port-forward; or with a login that may read.

Needs: Kafka. Owns: its login where one is asked for, ConfigMap, Service and Deployment.

AKHQ's own defaults let everybody delete topics, with a signing secret that stands in its source.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Secret, Service

from cluster.names import AKHQ, AKHQ_MANAGEMENT_PORT, AKHQ_PORT
from components.kubernetes.declare import declare, fingerprint
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
from components.names import AKHQ_PASSWORD, AKHQ_SIGNING_SECRET, AKHQ_TYPE
from components.providers.generated_secret import GeneratedSecret

AKHQ_IMAGE = "tchiotludo/akhq:0.26.0"
READER = "reader"
"""Name of the only login, and of AKHQ's group of those who may look and change nothing."""

_USER = 1000
_COMPUTE = Compute(cpu="100m", cpu_limit="1", memory="768Mi")
_CONFIGURATION = "/etc/akhq"
_CONNECTION = "flink-reviews"

_SIGNING_SECRET = "MICRONAUT_SECURITY_TOKEN_JWT_SIGNATURES_SECRET_GENERATOR_SECRET"  # noqa: S105 - the name of a variable
_PASSWORD_DIGEST = "AKHQ_READER_PASSWORD_SHA256"  # noqa: S105 - the name of a variable
_LOGIN_CONFIGURATION = "KAFKA_SASL_JAAS_CONFIG"


@dataclass(frozen=True, kw_only=True)
class AkhqArgs:
    """`secured` asks for a login. `kafka_properties` are of Kafka's clients (`security.protocol`), without secrets.

    `has_kafka_login` tells that the Secret holds `sasl.jaas.config` for Kafka. `secret_fingerprint` changes when a secret does.
    """

    namespace: str
    bootstrap: str
    secured: bool = False
    kafka_properties: Mapping[str, str] = field(default_factory=dict)
    has_kafka_login: bool = False
    secret_fingerprint: Later = ""
    image: Later = AKHQ_IMAGE
    compute: Compute = _COMPUTE

    @property
    def has_secret(self) -> bool:
        """Whether there is a Secret."""
        return self.secured or self.has_kafka_login


def configuration(args: AkhqArgs) -> dict[str, Any]:
    """Return AKHQ's configuration. Secrets stand in it as references to variables, which Micronaut resolves."""
    properties = {"bootstrap.servers": args.bootstrap, **args.kafka_properties}
    if args.has_kafka_login:
        properties["sasl.jaas.config"] = f"${{{_LOGIN_CONFIGURATION}}}"
    told: dict[str, Any] = {
        "akhq": {"connections": {_CONNECTION: {"properties": properties}}, "topic-data": {"sort": "NEWEST"}},
        # Of the management port only what a probe and Prometheus ask for.
        "endpoints": {
            "all": {"enabled": False, "port": AKHQ_MANAGEMENT_PORT},
            "health": {"enabled": True, "details-visible": "NEVER", "sensitive": False},
            "prometheus": {"enabled": True, "sensitive": False},
        },
    }
    if args.secured:
        told["micronaut"] = {"security": {"enabled": True}}
        told["akhq"]["security"] = {
            "default-group": "no-roles",
            "basic-auth": [{"username": READER, "password": f"${{{_PASSWORD_DIGEST}}}", "groups": [READER]}],
        }
    return told


def password_digest(password: str) -> str:
    """Return what AKHQ keeps of a password. Enough for a long random one; a person's own would need bcrypt."""
    return hashlib.sha256(password.encode()).hexdigest()


def secret_values(args: AkhqArgs, *, signing_secret: Later = "", digest: Later = "", login: Later = "") -> dict[str, Later]:
    """Return what the Secret holds, by the variables' names. `login` is the value of `sasl.jaas.config`."""
    access = {_SIGNING_SECRET: signing_secret, _PASSWORD_DIGEST: digest} if args.secured else {}
    return {**access, **({_LOGIN_CONFIGURATION: login} if args.has_kafka_login else {})}


def akhq_secret(args: AkhqArgs, values: Mapping[str, Later]) -> Manifest:
    """Return the Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata(AKHQ, args.namespace), "type": "Opaque", "stringData": dict(values)}


def akhq_manifests(args: AkhqArgs) -> list[Manifest]:
    """Return ConfigMap, Service and Deployment, in this order. The Secret, where there is one, comes first."""
    return [_config_map(args), service(AKHQ, args.namespace, {"http": AKHQ_PORT}), _deployment(args)]


def _config_map(args: AkhqArgs) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(AKHQ, args.namespace),
        # JSON is YAML, and has one way to write a text.
        "data": {"application.yml": json.dumps(configuration(args), indent=2, sort_keys=True)},
    }


def _deployment(args: AkhqArgs) -> Manifest:
    digest = hashlib.sha256(json.dumps(configuration(args), sort_keys=True).encode()).hexdigest()[:16]
    annotations = {"flink-reviews/configuration": digest}
    if args.has_secret:
        annotations["flink-reviews/secret"] = args.secret_fingerprint
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(AKHQ, args.namespace),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector(AKHQ)},
            "template": {"metadata": {"labels": labels(AKHQ), "annotations": annotations}, "spec": _pod(args)},
        },
    }


def _pod(args: AkhqArgs) -> dict[str, Any]:
    volumes, mounts = scratch({"temporary": TEMPORARY})
    look = {"httpGet": {"path": "/health", "port": AKHQ_MANAGEMENT_PORT}}
    return {
        **pod_basics(),
        "securityContext": pod_security(_USER),
        "containers": [
            {
                "name": AKHQ,
                "image": args.image,
                "ports": [
                    {"name": "http", "containerPort": AKHQ_PORT, "protocol": "TCP"},
                    {"name": "management", "containerPort": AKHQ_MANAGEMENT_PORT, "protocol": "TCP"},
                ],
                "env": _variables(args),
                "resources": args.compute.resources,
                "securityContext": container_security(),
                "startupProbe": {**look, "periodSeconds": 2, "failureThreshold": 90},
                "readinessProbe": {**look, "periodSeconds": 10, "timeoutSeconds": 5},
                # A health that asks Kafka must not restart the page while Kafka is away.
                "livenessProbe": {"tcpSocket": {"port": AKHQ_PORT}, "periodSeconds": 15, "failureThreshold": 4},
                "volumeMounts": [*mounts, {"name": "configuration", "mountPath": _CONFIGURATION, "readOnly": True}],
            }
        ],
        "volumes": [*volumes, {"name": "configuration", "configMap": {"name": AKHQ}}],
    }


def _variables(args: AkhqArgs) -> list[dict[str, Any]]:
    secrets = [{"name": name, "valueFrom": {"secretKeyRef": {"name": AKHQ, "key": name}}} for name in secret_values(args)]
    return [
        {"name": "MICRONAUT_CONFIG_FILES", "value": f"{_CONFIGURATION}/application.yml"},
        {"name": "JAVA_OPTS", "value": "-XX:MaxRAMPercentage=60"},
        *secrets,
    ]


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
            self.secret = declare(Secret, akhq_secret(args, values), parent=self, after=after)
            below.append(self.secret)
        config_map, service, deployment = akhq_manifests(args)
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
