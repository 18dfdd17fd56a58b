"""What a port-forward leads to: a service's port, and the pod that answers for it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import PortForwardError


@dataclass(frozen=True, kw_only=True)
class ServicePort:
    """A service's port, or a port of its pods that the service does not list. `pod` names one of them, where they are not alike."""

    namespace: str
    service: str
    port: int
    pod: str = ""


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """A pod's port."""

    namespace: str
    pod: str
    port: int


def answering_pod(api_server: ApiServer, wanted: ServicePort) -> PodPort:
    """Find a ready pod behind the service. Raise PortForwardError if there is none, ClusterError if the pods cannot be read."""
    place = f"/api/v1/namespaces/{wanted.namespace}"
    service = api_server.find(f"{place}/services/{wanted.service}")
    if service is None:
        raise PortForwardError(
            f"there is no service {wanted.service} in namespace {wanted.namespace}", advice="has `up` been run on this stack?"
        )
    spec = service.get("spec") or {}
    selector = ",".join(f"{key}={value}" for key, value in (spec.get("selector") or {}).items())
    if not selector:
        raise PortForwardError(f"service {wanted.service} selects no pods: it cannot be forwarded")
    pods = api_server.read(f"{place}/pods", {"labelSelector": selector}).get("items") or []
    pods = [pod for pod in pods if wanted.pod in ("", pod["metadata"]["name"])]
    ready = sorted((pod for pod in pods if is_ready(pod)), key=_born, reverse=True)
    if not ready:
        missing = f"pod {wanted.pod} of service {wanted.service}" if wanted.pod else f"no pod of service {wanted.service}"
        raise PortForwardError(
            f"{missing} in namespace {wanted.namespace} is {'not ' if wanted.pod else ''}ready",
            advice="look at `python -m console status`; `up` shows what a pod waits for",
        )
    pod = ready[0]
    return PodPort(namespace=wanted.namespace, pod=str(pod["metadata"]["name"]), port=_port_of(pod, spec, wanted.port))


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Return whether it can receive requests: ready, and not being deleted."""
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _born(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"].get("creationTimestamp") or "")


def _port_of(pod: Mapping[str, Any], service: Mapping[str, Any], port: int) -> int:
    listed = next((one for one in service.get("ports") or () if one.get("port") == port), None)
    aim = (listed or {}).get("targetPort") or port
    if isinstance(aim, int):
        return aim
    for container in (pod.get("spec") or {}).get("containers") or ():
        for one in container.get("ports") or ():
            if one.get("name") == aim:
                return int(one["containerPort"])
    raise PortForwardError(f"pod {pod['metadata']['name']} has no port named {aim!r}")
