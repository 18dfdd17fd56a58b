"""The model gateway: what Flink calls, and the only one that holds the model's API key.

Needs: its image. Owns: the Secret with the API keys, the ledger's volume, Service and Deployment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim, Secret, Service

from cluster.names import MODEL_GATEWAY, MODEL_GATEWAY_PORT
from components.kubernetes.declare import declare, fingerprint
from components.kubernetes.manifest import (
    TEMPORARY,
    Compute,
    Later,
    Manifest,
    Storage,
    container_security,
    labels,
    metadata,
    pod_basics,
    pod_security,
    scratch,
    selector,
    service,
    volume_claim,
)
from components.names import MODEL_GATEWAY_TYPE

API_KEY_VARIABLE = "MODEL_GATEWAY_API_KEY"
"""The environment variable from which the gateway takes the key."""
FALLBACK_KEY_VARIABLE = "MODEL_GATEWAY_FALLBACK_API_KEY"
"""The same for the server that is asked when the first one fails."""
LEDGER_VOLUME = "model-gateway-ledger"
LEDGER_FILE = "/ledger/ledger.sqlite"
_CA_FILE = "/certificates/ca.pem"
_KEYS_FOLDER = "/run/keys"
_KEY_OPTIONS = {"api-key": "--api-key-file", "fallback-api-key": "--fallback-key-file"}
_SECRET_KEY = "api-key"  # noqa: S105 - the name under which it lies
_FALLBACK_SECRET_KEY = "fallback-api-key"  # noqa: S105 - the same
_LEDGER = Storage(size="1Gi")
_USER = 1000
_ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
"""The numbers are said, so that they are ours and go when a model server comes: those that Kubernetes fills in stay, and it refuses them
beside `Recreate` (1.34, in the preview's trial too, so that replacing the Deployment is no way either)."""
_COMPUTE = Compute(cpu="100m", cpu_limit="1", memory="256Mi")


@dataclass(frozen=True, kw_only=True)
class ModelGatewayArgs:
    """`kind` is `offline`, `ollama` or `openai`; `upstream` the base URL of the server behind it, empty for `offline`.

    `options` are further arguments of its command line. `ca_certificate` is PEM text. `secret_fingerprint` changes when an API key does, so
    that the pods start anew. With an upstream there is one pod: it writes the ledger of answers on a volume of its own.
    `api_key_from` and `fallback_api_key_from` name a Secret of somebody else and a key in it, `<secret>/<key>`, which is mounted.
    `has_ledger`: such a volume is there from before. It holds answers that were paid for, so it stays while `kind` is `offline`.
    """

    namespace: str
    image: Later
    kind: str
    model: str
    upstream: str = ""
    options: tuple[str, ...] = ()
    ca_certificate: str = ""
    has_api_key: bool = False
    has_fallback_api_key: bool = False
    api_key_from: str = ""
    fallback_api_key_from: str = ""
    ledger: Storage = _LEDGER
    has_ledger: bool = False
    secret_fingerprint: Later = ""
    replicas: int = 1
    compute: Compute = _COMPUTE

    def __post_init__(self) -> None:
        if self.keeps_answers and self.replicas > 1:
            raise ValueError("the model gateway has one ledger, and so one replica, in front of a model server")

    @property
    def keeps_answers(self) -> bool:
        """Tell whether answers cost something and are kept."""
        return bool(self.upstream)

    @property
    def mounted_keys(self) -> dict[str, str]:
        """The Secrets of somebody else, by the name of the volume and of the folder."""
        given = {"api-key": self.api_key_from, "fallback-api-key": self.fallback_api_key_from}
        return {name: source for name, source in given.items() if source and self.upstream}

    @property
    def url(self) -> str:
        """Where pods reach it: a base URL without a slash at its end."""
        return f"http://{MODEL_GATEWAY}.{self.namespace}.svc:{MODEL_GATEWAY_PORT}"


def arguments(args: ModelGatewayArgs) -> list[str]:
    """Return the command line. The key is not in it."""
    upstream = ["--upstream", args.upstream, "--ledger", LEDGER_FILE, *args.options] if args.upstream else []
    upstream += ["--ca-file", _CA_FILE] if args.ca_certificate else []
    for name in args.mounted_keys:
        upstream += [_KEY_OPTIONS[name], f"{_KEYS_FOLDER}/{name}/key"]
    return ["--host", "0.0.0.0", "--port", str(MODEL_GATEWAY_PORT), "--kind", args.kind, "--model", args.model, *upstream]  # noqa: S104


def model_gateway_secret(args: ModelGatewayArgs, api_key: Later, fallback_api_key: Later = "") -> Manifest:
    """Return the Secret with the API keys that there are."""
    keys = {_SECRET_KEY: api_key} if args.has_api_key or not args.has_fallback_api_key else {}
    if args.has_fallback_api_key:
        keys[_FALLBACK_SECRET_KEY] = fallback_api_key
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(MODEL_GATEWAY, args.namespace),
        "type": "Opaque",
        "stringData": keys,
    }


def model_gateway_manifests(args: ModelGatewayArgs) -> list[Manifest]:
    """Return what its pod mounts, where there is something (claim of the ledger's volume, ConfigMap), then Service and Deployment.

    The Secret, where there is one, comes first.
    """
    mounted: list[Manifest] = []
    if args.keeps_answers or args.has_ledger:
        mounted.append(volume_claim(LEDGER_VOLUME, args.namespace, args.ledger, workload=MODEL_GATEWAY))
    if args.ca_certificate:
        told = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(MODEL_GATEWAY, args.namespace)}
        mounted.append({**told, "data": {"ca.pem": args.ca_certificate}})
    return [*mounted, service(MODEL_GATEWAY, args.namespace, {"http": MODEL_GATEWAY_PORT}), _deployment(args)]


def _deployment(args: ModelGatewayArgs) -> Manifest:
    told: dict[str, Any] = {"labels": labels(MODEL_GATEWAY)}
    if args.has_api_key or args.has_fallback_api_key:
        told["annotations"] = {"flink-reviews/secret": args.secret_fingerprint}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(MODEL_GATEWAY, args.namespace),
        "spec": {
            "replicas": args.replicas,
            # The ledger has one writer: the old pod goes before the new one comes. Flink's client asks again meanwhile.
            "strategy": {"type": "Recreate"} if args.keeps_answers else _ROLLING,
            "selector": {"matchLabels": selector(MODEL_GATEWAY)},
            "template": {"metadata": told, "spec": _pod(args)},
        },
    }


def _pod(args: ModelGatewayArgs) -> dict[str, Any]:
    volumes, mounts = scratch({"temporary": TEMPORARY})
    # 200 whenever the process serves: a model that is away must not take the gateway away. It does not ask the model's server, which may
    # count or bill what it is asked; an image of before answers it too.
    look = {"httpGet": {"path": "/health?only=process", "port": MODEL_GATEWAY_PORT}}
    if args.keeps_answers:
        volumes.append({"name": "ledger", "persistentVolumeClaim": {"claimName": LEDGER_VOLUME}})
        mounts.append({"name": "ledger", "mountPath": LEDGER_FILE.rpartition("/")[0]})
    if args.ca_certificate:
        volumes.append({"name": "certificates", "configMap": {"name": MODEL_GATEWAY}})
        mounts.append({"name": "certificates", "mountPath": _CA_FILE.rpartition("/")[0], "readOnly": True})
    for name, source in args.mounted_keys.items():
        secret, _, key = source.partition("/")
        # Read by the pod's group: a change reaches the file within about a minute, and the gateway follows it.
        mounted = {"secretName": secret, "items": [{"key": key, "path": "key"}], "defaultMode": 0o440}
        volumes.append({"name": name, "secret": mounted})
        mounts.append({"name": name, "mountPath": f"{_KEYS_FOLDER}/{name}", "readOnly": True})
    keys = {API_KEY_VARIABLE: _SECRET_KEY} if args.has_api_key else {}
    keys |= {FALLBACK_KEY_VARIABLE: _FALLBACK_SECRET_KEY} if args.has_fallback_api_key else {}
    environment = [{"name": name, "valueFrom": {"secretKeyRef": {"name": MODEL_GATEWAY, "key": key}}} for name, key in keys.items()]
    return {
        **pod_basics(),
        "securityContext": pod_security(_USER, owns_volumes=args.keeps_answers or bool(args.mounted_keys)),
        "containers": [
            {
                "name": MODEL_GATEWAY,
                "image": args.image,
                "args": arguments(args),
                "ports": [{"name": "http", "containerPort": MODEL_GATEWAY_PORT, "protocol": "TCP"}],
                **({"env": environment} if environment else {}),
                "resources": args.compute.resources,
                "securityContext": container_security(),
                "startupProbe": {**look, "periodSeconds": 1, "failureThreshold": 60, "timeoutSeconds": 5},
                "readinessProbe": {**look, "periodSeconds": 5, "timeoutSeconds": 10},
                "livenessProbe": {"tcpSocket": {"port": MODEL_GATEWAY_PORT}, "periodSeconds": 15, "failureThreshold": 4},
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }


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
            made = model_gateway_secret(args, pulumi.Output.secret(api_key or ""), pulumi.Output.secret(fallback_api_key or ""))
            self.secret = declare(Secret, made, parent=self, after=after)
            below.append(self.secret)
        *mounted, service, deployment = model_gateway_manifests(args)
        for manifest in mounted:
            claim = manifest["kind"] == "PersistentVolumeClaim"
            keep = claim and args.ledger.keep
            below.append(declare(PersistentVolumeClaim if claim else ConfigMap, manifest, parent=self, after=after, keep=keep))
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*below, self.service])
        self.ready = [self.service, self.deployment]
        self.service_name, self.port, self.url = MODEL_GATEWAY, MODEL_GATEWAY_PORT, args.url
        self.register_outputs({"url": self.url})
