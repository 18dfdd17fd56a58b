"""The Job that pulls the models into Ollama and ends when each of them answers.

Its name follows from what it does, so that a change is a new Job: an old one cannot be changed.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from manifests.manifest import Manifest, labels, metadata
from manifests.model_server import ModelServerArgs
from manifests.names import MODEL_PULL
from manifests.security import container_security, pod_basics, pod_security
from manifests.sizes import Compute

SCRIPT = "pull_models.py"
_FOLDER = "/scripts"
_USER = 1000
_HASH_DIGITS = 10

DEADLINE_SECONDS = 3 * 3600
"""Five gigabytes over a slow line."""

_ANNOTATIONS = {
    "pulumi.com/timeoutSeconds": str(DEADLINE_SECONDS),
    # A Job that failed stays failed: without this every further run would meet the old one, and fail with it.
    "pulumi.com/replaceUnready": "true",
}


@cache
def script() -> str:
    """Return the program that the Job runs."""
    return files("manifests").joinpath("scripts", SCRIPT).read_text(encoding="utf-8")


def job_name(args: ModelServerArgs) -> str:
    """Return the Job's name: it changes with the models, in whatever order they stand, and with the program."""
    text = "\n".join([*sorted(args.models), script()])
    return f"{MODEL_PULL}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"


def model_pull(args: ModelServerArgs) -> list[Manifest]:
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
        "metadata": metadata(name, args.namespace, workload=MODEL_PULL, annotations=_ANNOTATIONS),
        "spec": {
            # The program tries again by itself what may pass: so a model that is not there is told at once. Pulumi knows a failed Job
            # by this limit and by the deadline only; for one that a failure policy ended it would wait on.
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            # A pod that the node had to end is no failure.
            "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]},
            "template": {"metadata": {"labels": labels(MODEL_PULL)}, "spec": _pod(args, name)},
        },
    }
    return [config_map, job]


def _pod(args: ModelServerArgs, name: str) -> dict[str, Any]:
    return {
        **pod_basics(),
        "restartPolicy": "Never",
        "securityContext": pod_security(_USER),
        "containers": [
            {
                "name": MODEL_PULL,
                "image": args.pull_image,
                "command": ["python", "-u", f"{_FOLDER}/{SCRIPT}", args.address, *sorted(args.models)],
                "resources": Compute(cpu="50m", cpu_limit="500m", memory="64Mi").resources,
                "securityContext": container_security(),
                "volumeMounts": [{"name": "scripts", "mountPath": _FOLDER, "readOnly": True}],
            }
        ],
        "volumes": [{"name": "scripts", "configMap": {"name": name}}],
    }
