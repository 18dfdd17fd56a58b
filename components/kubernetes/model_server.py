"""Ollama in the cluster: a Deployment with a volume for its models, and the Job that pulls them.

Needs: the namespace. Owns: volume, Service, Deployment, and the Job, which ends when each model answers. Ollama asks nobody who he is, so a
policy lets only our pods in. The Job's name follows from what it does, so that a change is a new Job: an old one cannot be changed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.batch.v1 import Job
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaim, Service

from cluster.names import MODEL_PULL, OLLAMA, OLLAMA_PORT
from components.kubernetes.declare import declare
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
from components.names import MODEL_SERVER_TYPE

OLLAMA_IMAGE = "ollama/ollama:0.12.6"
PYTHON_IMAGE = "python:3.11-slim"
"""For the Job that pulls models: it needs an interpreter and nothing else."""
MODELS_VOLUME = "ollama-models"
_USER = 1000
_HOME = "/models"
_STORAGE = Storage(size="20Gi")
_COMPUTE = Compute(cpu="1", cpu_limit="8", memory="8Gi")
_GPU = "nvidia.com/gpu"

SCRIPT = "pull_models.py"
_SCRIPTS = "/scripts"
_PULL_USER = 1000
_HASH_DIGITS = 10
DEADLINE_SECONDS = 3 * 3600
"""Five gigabytes over a slow line."""
_JOB_ANNOTATIONS = {
    "pulumi.com/timeoutSeconds": str(DEADLINE_SECONDS),
    # A Job that failed stays failed: without this every further run would meet the old one, and fail with it.
    "pulumi.com/replaceUnready": "true",
}


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


def model_server_manifests(args: ModelServerArgs) -> list[Manifest]:
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


@cache
def script() -> str:
    """Return the program that the Job runs."""
    return files("components.kubernetes").joinpath("scripts", SCRIPT).read_text(encoding="utf-8")


def job_name(args: ModelServerArgs) -> str:
    """Return the Job's name: it changes with the models, in whatever order they stand, and with the program."""
    text = "\n".join([*sorted(args.models), script()])
    return f"{MODEL_PULL}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"


def model_pull_manifests(args: ModelServerArgs) -> list[Manifest]:
    """Return ConfigMap and Job, in this order."""
    name = job_name(args)
    config_map: Manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(name, args.namespace, workload=MODEL_PULL),
        "data": {SCRIPT: script()},
    }
    job: Manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(name, args.namespace, workload=MODEL_PULL, annotations=_JOB_ANNOTATIONS),
        "spec": {
            # The program tries again by itself what may pass: so a model that is not there is told at once. Pulumi knows a failed Job
            # by this limit and by the deadline only; for one that a failure policy ended it would wait on.
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            # A pod that the node had to end is no failure.
            "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]},
            "template": {"metadata": {"labels": labels(MODEL_PULL)}, "spec": _pull_pod(args, name)},
        },
    }
    return [config_map, job]


def _pull_pod(args: ModelServerArgs, name: str) -> dict[str, Any]:
    return {
        **pod_basics(),
        "restartPolicy": "Never",
        "securityContext": pod_security(_PULL_USER),
        "containers": [
            {
                "name": MODEL_PULL,
                "image": args.pull_image,
                "command": ["python", "-u", f"{_SCRIPTS}/{SCRIPT}", args.address, *sorted(args.models)],
                "resources": Compute(cpu="50m", cpu_limit="500m", memory="64Mi").resources,
                "securityContext": container_security(),
                "volumeMounts": [{"name": "scripts", "mountPath": _SCRIPTS, "readOnly": True}],
            }
        ],
        "volumes": [{"name": "scripts", "configMap": {"name": name}}],
    }


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
        claim, service, deployment = model_server_manifests(args)
        config_map, pull = model_pull_manifests(args)
        self.volume_claim = declare(PersistentVolumeClaim, claim, parent=self, after=after, keep=args.storage.keep)
        self.service = declare(Service, service, parent=self, after=after)
        self.deployment = declare(Deployment, deployment, parent=self, after=[*after, self.service, self.volume_claim])
        script = declare(ConfigMap, config_map, parent=self, after=after)
        self.pull = declare(Job, pull, parent=self, after=[*after, self.deployment, script])
        self.ready = [self.service, self.deployment, self.pull]
        self.endpoint = args.endpoint
        self.register_outputs({"endpoint": self.endpoint})
