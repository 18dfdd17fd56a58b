"""What holds for every workload: its Service finds its pods, its mounts have volumes, its probes look at its own ports."""

from typing import Any

import pytest

from components.kubernetes.manifest import Manifest
from tests.support.manifests import VARIANTS, all_manifests, pod_specs

WORKLOADS = [
    pytest.param(manifest, id=title) for title, manifest in all_manifests() if "spec" in manifest.get("spec", {}).get("template", {})
]


def labels_of(manifest: Manifest) -> dict[str, str]:
    found: dict[str, str] = manifest["spec"]["template"]["metadata"]["labels"]
    return found


@pytest.mark.parametrize("manifest", WORKLOADS)
def test_a_selector_selects_the_pods_of_its_own_template(manifest: Manifest) -> None:
    if manifest["kind"] != "Job":
        assert manifest["spec"]["selector"]["matchLabels"].items() <= labels_of(manifest).items()


@pytest.mark.parametrize("title", [pytest.param(title, id=title) for title in VARIANTS])
def test_a_service_finds_exactly_one_workload_and_ports_that_are_there(title: str) -> None:
    workloads = [manifest for manifest in VARIANTS[title] if manifest["kind"] in {"Deployment", "StatefulSet"}]
    for service in (manifest for manifest in VARIANTS[title] if manifest["kind"] == "Service"):
        found = [one for one in workloads if service["spec"]["selector"].items() <= labels_of(one).items()]
        assert [one["metadata"]["name"] for one in found] == [service["metadata"]["name"]]
        offered = {port["containerPort"] for container in pod_specs(found[0])[0]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= offered
        assert service["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("manifest", [pytest.param(manifest, id=title) for title, manifest in all_manifests() if pod_specs(manifest)])
def test_a_mount_has_its_volume_and_a_volume_its_mount(manifest: Manifest) -> None:
    for pod in pod_specs(manifest):
        mounted = {mount["name"] for container in pod["containers"] for mount in container.get("volumeMounts", [])}
        claims = {claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", [])}
        assert mounted == {volume["name"] for volume in pod.get("volumes", [])} | claims


def probed_port(probe: dict[str, Any]) -> int:
    where: dict[str, Any] = probe.get("httpGet") or probe["tcpSocket"]
    return int(where["port"])


@pytest.mark.parametrize("manifest", [one for one in WORKLOADS if "Job" not in str(one.id)])
def test_a_container_is_started_watched_and_put_in_service_by_ports_of_its_own(manifest: Manifest) -> None:
    for container in pod_specs(manifest)[0]["containers"]:
        ports = {port["containerPort"] for port in container["ports"]}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert probed_port(container[probe]) in ports


@pytest.mark.parametrize("title", [pytest.param(title, id=title) for title in VARIANTS])
def test_a_claim_that_a_pod_mounts_is_made(title: str) -> None:
    made = {manifest["metadata"]["name"] for manifest in VARIANTS[title] if manifest["kind"] == "PersistentVolumeClaim"}
    mounted = {
        volume["persistentVolumeClaim"]["claimName"]
        for manifest in VARIANTS[title]
        for pod in pod_specs(manifest)
        for volume in pod.get("volumes", [])
        if "persistentVolumeClaim" in volume
    }
    assert mounted == made


@pytest.mark.parametrize("manifest", [pytest.param(manifest, id=title) for title, manifest in all_manifests()])
def test_an_object_says_what_it_belongs_to_and_has_no_empty_map(manifest: Manifest) -> None:
    told = manifest["metadata"]
    assert told["labels"]["app.kubernetes.io/part-of"] == "flink-reviews"
    assert told["labels"]["app.kubernetes.io/managed-by"] == "pulumi"
    # An empty map of annotations is a change on every run.
    assert told.get("annotations") != {}
