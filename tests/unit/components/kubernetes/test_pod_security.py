"""Every pod meets the Pod Security Standard `restricted`, and what we ask for on top of it.

The rules as Kubernetes writes them down: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.manifests import VARIANTS, all_manifests, pod_specs

Pod = dict[str, Any]

PODS = [pytest.param(pod, id=title) for title, manifest in all_manifests() for pod in pod_specs(manifest)]
ALLOWED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
WRITABLE_ROOT = {"kafka"}
"""Containers whose image writes where no volume can be."""
WITH_TOKEN = {"flink-main-container"}
"""Containers that talk to Kubernetes."""


def containers(pod: Pod) -> list[dict[str, Any]]:
    return [*pod["containers"], *pod.get("initContainers", [])]


def violations(pod: Pod) -> Iterator[str]:
    """Yield what admission at the level `restricted` would say."""
    context = pod.get("securityContext", {})
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield field
    if context.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "seccompProfile"
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "runAsNonRoot"
    for volume in pod.get("volumes", []):
        if (set(volume) - {"name"}) - ALLOWED_VOLUMES:
            yield f"volume {volume['name']}"
    for container in containers(pod):
        yield from container_violations(container)


def container_violations(container: dict[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    name = container["name"]
    if context.get("privileged"):
        yield f"{name}: privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: allowPrivilegeEscalation"
    if "ALL" not in context.get("capabilities", {}).get("drop", []):
        yield f"{name}: capabilities drop"
    if set(context.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name}: capabilities add"
    if context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield f"{name}: runs as root"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{name}: hostPort"


def test_there_are_pods_of_every_workload() -> None:
    names = {container["name"] for _, manifest in all_manifests() for pod in pod_specs(manifest) for container in containers(pod)}
    assert names == {"kafka", "akhq", "ollama", "model-pull", "model-gateway", "flink-main-container", "flink-sql-gateway"}


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_meets_the_standard_that_its_namespace_enforces(pod: Pod) -> None:
    assert list(violations(pod)) == []


@pytest.mark.parametrize("pod", PODS)
def test_a_container_cannot_write_into_its_image_unless_it_must(pod: Pod) -> None:
    for container in containers(pod):
        assert container["securityContext"]["readOnlyRootFilesystem"] is (container["name"] not in WRITABLE_ROOT)


@pytest.mark.parametrize("pod", PODS)
def test_only_flink_itself_gets_a_token(pod: Pod) -> None:
    assert pod["automountServiceAccountToken"] is (pod["containers"][0]["name"] in WITH_TOKEN)


@pytest.mark.parametrize("pod", PODS)
def test_no_service_becomes_an_environment_variable(pod: Pod) -> None:
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize("pod", PODS)
def test_a_container_says_what_it_needs_and_may_take(pod: Pod) -> None:
    for container in containers(pod):
        if container["name"] == "flink-main-container":
            # Flink writes them from the FlinkDeployment's `resource`.
            continue
        assert {*container["resources"]["requests"]} >= {"cpu", "memory"}
        assert {*container["resources"]["limits"]} >= {"cpu", "memory"}


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param({"securityContext": {}}, id="no security context"),
        pytest.param({"hostNetwork": True}, id="host network"),
        pytest.param({"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, id="host path"),
        pytest.param({"containers": [{"name": "bare"}]}, id="bare container"),
    ],
)
def test_the_rules_find_a_pod_that_breaks_them(mistake: dict[str, Any]) -> None:
    pod = copy.deepcopy(pod_specs(VARIANTS["sql gateway"][-1])[0])
    assert list(violations({**pod, **mistake})) != []


def test_the_namespace_enforces_the_standard() -> None:
    levels = VARIANTS["namespace"][0]["metadata"]["labels"]
    assert levels["pod-security.kubernetes.io/enforce"] == "restricted"
