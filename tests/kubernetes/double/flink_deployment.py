"""What the doubled operator makes of a FlinkDeployment: Flink's configuration, Deployments of the JobManager and one TaskManager, services.

The real operator's native mode lets the JobManager make its TaskManagers; here they are a Deployment, as in its standalone mode.
"""

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from tests.kubernetes.double.objects import Manifest

MAIN_CONTAINER = "flink-main-container"
REST_PORT, RPC_PORT, BLOB_PORT = 8081, 6123, 6124
_JOB_MANAGER, _TASK_MANAGER = "jobmanager", "taskmanager"
_VOLUME = "flink-config-volume"
_LOGGING = """rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
"""


def cluster_manifests(deployment: Manifest) -> list[Manifest]:
    """Return the objects of a session cluster, JobManager first, owned by the custom resource."""
    name = deployment["metadata"]["name"]
    ports = [{"name": "rest", "port": REST_PORT}, {"name": "rpc", "port": RPC_PORT}, {"name": "blob", "port": BLOB_PORT}]
    return [
        _configuration(deployment),
        _service(deployment, name, ports),
        _service(deployment, f"{name}-rest", ports[:1]),
        _pods(deployment, _JOB_MANAGER, name),
        _pods(deployment, _TASK_MANAGER, f"{name}-taskmanager"),
    ]


def labels(deployment: Manifest, component: str) -> dict[str, str]:
    """Return the labels that the real operator's pods carry."""
    name = deployment["metadata"]["name"]
    return {"app": name, "component": component, "type": "flink-native-kubernetes"}


def flink_properties(deployment: Manifest) -> dict[str, str]:
    """Return Flink's configuration as the pods get it: the custom resource's, plus where the JobManager is."""
    name, namespace = deployment["metadata"]["name"], deployment["metadata"]["namespace"]
    spec = deployment["spec"]
    memory = {
        f"{component.lower()}.memory.process.size": str(spec[component]["resource"]["memory"])
        for component in ("jobManager", "taskManager")
        if "memory" in (spec.get(component) or {}).get("resource", {})
    }
    return {
        **memory,
        **_flat(spec.get("flinkConfiguration") or {}),
        "jobmanager.rpc.address": f"{name}.{namespace}",
        "rest.address": f"{name}-rest",
        "blob.server.port": str(BLOB_PORT),
        "kubernetes.cluster-id": name,
        "kubernetes.namespace": namespace,
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _configuration(deployment: Manifest) -> Manifest:
    """Return the folder of Flink's configuration, as the real operator mounts it: the containers' root is read-only."""
    data = {"config.yaml": yaml.safe_dump(flink_properties(deployment)), "log4j-console.properties": _LOGGING}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(deployment, _configuration_name(deployment)), "data": data}


def _configuration_name(deployment: Manifest) -> str:
    return f"flink-config-{deployment['metadata']['name']}"


def _service(deployment: Manifest, name: str, ports: list[dict[str, Any]]) -> Manifest:
    spec = {"selector": labels(deployment, _JOB_MANAGER), "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(deployment, name), "spec": spec}


def _pods(deployment: Manifest, component: str, name: str) -> Manifest:
    spec = deployment["spec"]
    own = spec["jobManager" if component == _JOB_MANAGER else "taskManager"]
    template = merged(spec.get("podTemplate") or {}, own.get("podTemplate") or {})
    volume = {"name": _VOLUME, "configMap": {"name": _configuration_name(deployment)}}
    template = merged(template, {"spec": {"containers": [_container(deployment, component, own)], "volumes": [volume]}})
    template["spec"].setdefault("serviceAccountName", spec.get("serviceAccount", "default"))
    template["spec"]["containers"][0].pop("resource", None)
    template.setdefault("metadata", {})
    template["metadata"]["labels"] = {**(template["metadata"].get("labels") or {}), **labels(deployment, component)}
    template.pop("apiVersion", None)
    template.pop("kind", None)
    template["metadata"].pop("name", None)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(deployment, name),
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": labels(deployment, component)},
            "template": template,
        },
    }


def _container(deployment: Manifest, component: str, own: Mapping[str, Any]) -> dict[str, Any]:
    spec = deployment["spec"]
    asked = {"cpu": str(own["resource"].get("cpu", 1)), "memory": str(own["resource"]["memory"]).replace("m", "Mi").replace("g", "Gi")}
    return {
        "name": MAIN_CONTAINER,
        "image": spec["image"],
        "imagePullPolicy": spec.get("imagePullPolicy", "IfNotPresent"),
        "args": [component],
        "volumeMounts": [{"name": _VOLUME, "mountPath": "/opt/flink/conf"}],
        "resources": {"requests": asked, "limits": asked},
    }


def _metadata(deployment: Manifest, name: str) -> dict[str, Any]:
    owner = deployment["metadata"]
    reference = {
        "apiVersion": deployment["apiVersion"],
        "kind": deployment["kind"],
        "name": owner["name"],
        "uid": owner["uid"],
        "controller": True,
        "blockOwnerDeletion": False,
    }
    return {"name": name, "namespace": owner["namespace"], "labels": {"app": owner["name"]}, "ownerReferences": [reference]}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pod template with another on top: maps key by key, lists of named things name by name."""
    result = copy.deepcopy(dict(base))
    for key, value in more.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = merged(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            result[key] = _merged_list(old, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def _merged_list(old: list[Any], new: list[Any]) -> list[Any]:
    if not all(isinstance(one, Mapping) and "name" in one for one in [*old, *new]):
        return copy.deepcopy(new)
    found = {one["name"]: one for one in old}
    for one in new:
        found[one["name"]] = merged(found.get(one["name"], {}), one)
    return list(found.values())
