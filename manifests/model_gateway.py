"""The model gateway: what Flink calls, and the only one that holds the model's API key."""

from dataclasses import dataclass
from typing import Any

from manifests.manifest import Later, Manifest, labels, metadata, selector, service
from manifests.names import MODEL_GATEWAY, MODEL_GATEWAY_PORT
from manifests.security import TEMPORARY, container_security, pod_basics, pod_security, scratch
from manifests.sizes import Compute

API_KEY_VARIABLE = "MODEL_GATEWAY_API_KEY"
"""The environment variable from which the gateway takes the key."""
_SECRET_KEY = "api-key"  # noqa: S105 - the name under which it lies
_USER = 1000
_COMPUTE = Compute(cpu="100m", cpu_limit="1", memory="256Mi")


@dataclass(frozen=True, kw_only=True)
class ModelGatewayArgs:
    """`kind` is `offline`, `ollama` or `openai`; `upstream` the base URL of the server behind it, empty for `offline`.

    `secret_fingerprint` changes when the API key does, so that the pods start anew.
    """

    namespace: str
    image: Later
    kind: str
    model: str
    upstream: str = ""
    has_api_key: bool = False
    secret_fingerprint: Later = ""
    replicas: int = 1
    compute: Compute = _COMPUTE

    @property
    def url(self) -> str:
        """Where pods reach it: a base URL without a slash at its end."""
        return f"http://{MODEL_GATEWAY}.{self.namespace}.svc:{MODEL_GATEWAY_PORT}"


def arguments(args: ModelGatewayArgs) -> list[str]:
    """Return the command line. The key is not in it."""
    upstream = ["--upstream", args.upstream] if args.upstream else []
    return ["--host", "0.0.0.0", "--port", str(MODEL_GATEWAY_PORT), "--kind", args.kind, "--model", args.model, *upstream]  # noqa: S104


def secret(args: ModelGatewayArgs, api_key: Later) -> Manifest:
    """Return the Secret with the API key."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(MODEL_GATEWAY, args.namespace),
        "type": "Opaque",
        "stringData": {_SECRET_KEY: api_key},
    }


def model_gateway(args: ModelGatewayArgs) -> list[Manifest]:
    """Return Service and Deployment, in this order. The Secret, where there is one, comes first."""
    return [service(MODEL_GATEWAY, args.namespace, {"http": MODEL_GATEWAY_PORT}), _deployment(args)]


def _deployment(args: ModelGatewayArgs) -> Manifest:
    told: dict[str, Any] = {"labels": labels(MODEL_GATEWAY)}
    if args.has_api_key:
        told["annotations"] = {"flink-reviews/secret": args.secret_fingerprint}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(MODEL_GATEWAY, args.namespace),
        "spec": {
            "replicas": args.replicas,
            "selector": {"matchLabels": selector(MODEL_GATEWAY)},
            "template": {"metadata": told, "spec": _pod(args)},
        },
    }


def _pod(args: ModelGatewayArgs) -> dict[str, Any]:
    volumes, mounts = scratch({"temporary": TEMPORARY})
    # 200 whenever the process serves: a model that is away must not take the gateway away. It asks the model's server, so it may take long.
    look = {"httpGet": {"path": "/health", "port": MODEL_GATEWAY_PORT}}
    key = {"name": API_KEY_VARIABLE, "valueFrom": {"secretKeyRef": {"name": MODEL_GATEWAY, "key": _SECRET_KEY}}}
    return {
        **pod_basics(),
        "securityContext": pod_security(_USER),
        "containers": [
            {
                "name": MODEL_GATEWAY,
                "image": args.image,
                "args": arguments(args),
                "ports": [{"name": "http", "containerPort": MODEL_GATEWAY_PORT, "protocol": "TCP"}],
                **({"env": [key]} if args.has_api_key else {}),
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
