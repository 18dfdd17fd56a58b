"""Ollama in the cluster: a Deployment with a volume for its models. It asks nobody who he is, so a policy lets only our pods in."""

from dataclasses import dataclass
from typing import Any

from manifests.images import OLLAMA_IMAGE, PYTHON_IMAGE
from manifests.manifest import Later, Manifest, labels, metadata, selector, service
from manifests.names import OLLAMA, OLLAMA_PORT
from manifests.security import TEMPORARY, container_security, pod_basics, pod_security, scratch
from manifests.sizes import Compute, Storage, volume_claim

MODELS_VOLUME = "ollama-models"
_USER = 1000
_HOME = "/models"
_STORAGE = Storage(size="20Gi")
_COMPUTE = Compute(cpu="1", cpu_limit="8", memory="8Gi")
_GPU = "nvidia.com/gpu"


@dataclass(frozen=True, kw_only=True)
class ModelServerArgs:
    """`models` are pulled. `context_length` is in tokens, and so much is reserved for each of `parallel` requests at one time.

    `gpus` is a number of NVIDIA's; their nodes are tainted with the same name.
    """

    namespace: str
    models: tuple[str, ...]
    context_length: int = 4096
    parallel: int = 1
    gpus: int = 0
    image: Later = OLLAMA_IMAGE
    pull_image: Later = PYTHON_IMAGE
    storage: Storage = _STORAGE
    compute: Compute = _COMPUTE

    @property
    def address(self) -> str:
        """Base URL of Ollama's own interface."""
        return f"http://{OLLAMA}.{self.namespace}.svc:{OLLAMA_PORT}"

    @property
    def endpoint(self) -> str:
        """Base URL of its OpenAI-compatible interface."""
        return f"{self.address}/v1"


def model_server(args: ModelServerArgs) -> list[Manifest]:
    """Return PersistentVolumeClaim, Service and Deployment, in this order."""
    claim = volume_claim(MODELS_VOLUME, args.namespace, args.storage, workload=OLLAMA)
    return [claim, service(OLLAMA, args.namespace, {"http": OLLAMA_PORT}), _deployment(args)]


def _deployment(args: ModelServerArgs) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(OLLAMA, args.namespace),
        "spec": {
            "replicas": 1,
            # The volume, and a GPU, are free only when the old pod is gone.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": selector(OLLAMA)},
            "template": {"metadata": {"labels": labels(OLLAMA)}, "spec": _pod(args)},
        },
    }


def _pod(args: ModelServerArgs) -> dict[str, Any]:
    volumes, mounts = scratch({"temporary": TEMPORARY})
    # Tells that the server is there. Whether the model is, the pull waits for.
    look = {"httpGet": {"path": "/", "port": OLLAMA_PORT}}
    tolerations = [{"key": _GPU, "operator": "Exists", "effect": "NoSchedule"}] if args.gpus else []
    return {
        **pod_basics(),
        "securityContext": pod_security(_USER, owns_volumes=True),
        **({"tolerations": tolerations} if tolerations else {}),
        "containers": [
            {
                "name": OLLAMA,
                "image": args.image,
                "ports": [{"name": "http", "containerPort": OLLAMA_PORT, "protocol": "TCP"}],
                "env": [{"name": name, "value": value} for name, value in _environment(args).items()],
                "resources": _resources(args),
                "securityContext": container_security(),
                "startupProbe": {**look, "periodSeconds": 2, "failureThreshold": 60},
                "readinessProbe": {**look, "periodSeconds": 5, "timeoutSeconds": 5},
                "livenessProbe": {**look, "periodSeconds": 15, "timeoutSeconds": 10, "failureThreshold": 4},
                "volumeMounts": [*mounts, {"name": "models", "mountPath": _HOME}],
            }
        ],
        "volumes": [*volumes, {"name": "models", "persistentVolumeClaim": {"claimName": MODELS_VOLUME}}],
    }


def _environment(args: ModelServerArgs) -> dict[str, str]:
    return {
        "OLLAMA_HOST": f"0.0.0.0:{OLLAMA_PORT}",
        # The image's own home is root's; keys and models go to the volume.
        "HOME": _HOME,
        # Below the volume's root, which on some file systems is not empty. Ollama makes the folder.
        "OLLAMA_MODELS": f"{_HOME}/models",
        # A stream pauses longer than the default of five minutes, and loading the model again would stall it.
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_NUM_PARALLEL": str(args.parallel),
        # Left to itself it is chosen by the memory of the GPU, and cannot be set by a request.
        "OLLAMA_CONTEXT_LENGTH": str(args.context_length),
    }


def _resources(args: ModelServerArgs) -> dict[str, dict[str, str]]:
    resources = args.compute.resources
    if args.gpus:
        resources["limits"][_GPU] = str(args.gpus)
    return resources
