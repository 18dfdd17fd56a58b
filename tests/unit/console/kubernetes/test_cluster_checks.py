"""What `doctor` says of a cluster: each thing that is wrong, with what to do."""

import json
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from cluster.custom_resource_definitions import VERSION_ANNOTATION
from components.kubernetes.operator_chart import NAME
from components.stack_state import IDENTITY_TYPE
from console.checks.stack_resources import on_disk
from console.project import Project
from platforms.finding import Finding
from platforms.kubernetes.checks import check_cluster, check_platform
from platforms.kubernetes.image_builds import check_building
from platforms.state import StackOnDisk
from settings import Settings
from tests.fakes.http import serving
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes
from tests.support.kubernetes_objects import CLASSES, FLINK, Json, flink_deployment, storage_class
from tests.support.ports import free_ports

Make = Callable[..., Settings]
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
FLINK_DEPLOYMENTS = "flinkdeployments.flink.apache.org"


class Missing(NamedTuple):
    """A storage class that is asked for, those that there are, and what is said."""

    wanted: str
    classes: list[Json]
    words: str


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackOnDisk:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    return on_disk(Project(root=tmp_path, stack="staging", data_folder=tmp_path / "data", values={}, secrets=frozenset()))


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / NAME
    (folder / "crds").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(yaml.safe_dump({"name": NAME, "version": "1.15.0"}))
    (folder / "crds" / f"{FLINK_DEPLOYMENTS}-v1.yml").write_text(
        yaml.safe_dump({"metadata": {"name": FLINK_DEPLOYMENTS}, "spec": {"versions": []}})
    )
    return folder


@pytest.fixture
def healthy(kubernetes: FakeKubernetes, settings: Make, chart: Path) -> Settings:
    mark = {"flink-reviews/stack": "flink-reviews/staging", "flink-reviews/released": "true", "flink-reviews/stack-id": "0"}
    kubernetes.put("/api/v1/namespaces", {"metadata": {"name": "flink", "annotations": mark}, "status": {"phase": "Active"}})
    kubernetes.put("", {"metadata": {"name": "version"}, "gitVersion": "v1.34.4"})
    kubernetes.put(CLASSES, storage_class("standard", default=True))
    # A stack that runs on this machine holds the usual port.
    return settings(operator__chart=str(chart), ports__kafka=str(free_ports(1)[0]))


def _by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def test_a_cluster_in_order_has_nothing_to_mend(project: StackOnDisk, healthy: Settings) -> None:
    findings = check_cluster(project, healthy)
    assert [finding.subject for finding in findings] == ["cluster", "rights", "storage", "namespace", "port", "operator"]
    assert all(finding.ok and not finding.fix for finding in findings)
    assert "v1.34.4" in findings[0].what
    assert CONTEXT in findings[0].what


def test_a_context_that_is_not_there_is_one_finding(project: StackOnDisk, settings: Make) -> None:
    [finding] = check_cluster(project, settings(kubernetes__context="kind-other"))
    assert finding.stops_up
    assert "no context 'kind-other'" in finding.what


@pytest.mark.parametrize(
    ("denied", "words", "stops"),
    [
        pytest.param("create statefulsets", "create statefulsets.apps in namespace flink", True, id="in-the-namespace"),
        pytest.param("create namespaces", "create namespaces in the whole cluster", True, id="in-the-cluster"),
        pytest.param("update leases", "update leases.coordination.k8s.io in namespace flink", True, id="to-be-granted"),
        pytest.param("create pods", "create pods; create pods/exec; create pods/portforward in namespace flink", True, id="a-subresource"),
        pytest.param("list storageclasses", "list storageclasses.storage.k8s.io: only the information it gives", False, id="optional"),
    ],
)
def test_missing_rights_are_named(
    project: StackOnDisk, kubernetes: FakeKubernetes, healthy: Settings, denied: str, words: str, *, stops: bool
) -> None:
    kubernetes.reviews[denied] = False
    finding = next(one for one in check_cluster(project, healthy) if one.subject == "rights" and not one.ok)
    assert f"may not {words}" in finding.what
    assert finding.stops_up is stops
    assert ("rights --user <name>` prints the roles" in finding.fix) is stops
    assert not finding.ok


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(Missing("", [], "no default storage class (storage classes there are: none)"), id="none"),
        pytest.param(Missing("fast", [storage_class("slow")], "there is no storage class 'fast'"), id="unknown"),
    ],
)
def test_a_missing_storage_class_stops_up(project: StackOnDisk, kubernetes: FakeKubernetes, healthy: Settings, missing: Missing) -> None:
    kubernetes.collections[CLASSES] = {}
    kubernetes.put(CLASSES, *missing.classes)
    cluster = replace(healthy.kubernetes.cluster, storage_class=missing.wanted)
    finding = _by_subject(check_cluster(project, replace(healthy, kubernetes=replace(healthy.kubernetes, cluster=cluster))))["storage"]
    assert finding.stops_up
    assert missing.words in finding.what


def test_a_namespace_that_cannot_go_names_what_holds_it(project: StackOnDisk, kubernetes: FakeKubernetes, healthy: Settings) -> None:
    kubernetes.put("/api/v1/namespaces", {"metadata": {"name": "flink"}, "status": {"phase": "Terminating"}})
    kubernetes.put(f"{FLINK}/flinkdeployments", flink_deployment(state="READY", going=True))
    finding = _by_subject(check_cluster(project, healthy))["namespace"]
    assert finding.stops_up
    assert "FlinkDeployment flink-sql-session" in finding.what
    assert "patch flinkdeployment" in finding.fix


def test_a_newer_definition_in_the_cluster_is_named_and_stops_nothing(
    project: StackOnDisk, kubernetes: FakeKubernetes, healthy: Settings
) -> None:
    annotations = {VERSION_ANNOTATION: "1.16.0"}
    kubernetes.put(DEFINITIONS, {"metadata": {"name": FLINK_DEPLOYMENTS, "annotations": annotations}, "spec": {}})
    finding = _by_subject(check_cluster(project, healthy))["operator"]
    assert (finding.ok, finding.stops_up) == (False, False)
    assert "1.16.0" in finding.what


MARK = {"flink-reviews/stack": "flink-reviews/dev", "flink-reviews/stack-id": "0123456789abcdef"}


@pytest.mark.parametrize(
    ("annotations", "resources", "what", "stops"),
    [
        pytest.param(None, [], "exists and belongs to someone else: it is used, never changed or deleted", False, id="somebody's"),
        pytest.param(MARK, [], "belongs to stack flink-reviews/dev, id 0123456789abcdef", True, id="another stack's"),
        pytest.param(
            MARK,
            [{"type": IDENTITY_TYPE, "outputs": {"stack_id": "0123456789abcdef"}}],
            "is there and belongs to this stack",
            False,
            id="its own",
        ),
    ],
)
def test_whose_the_namespace_is_is_told(
    project: StackOnDisk,
    kubernetes: FakeKubernetes,
    healthy: Settings,
    annotations: Json | None,
    resources: list[Json],
    *,
    what: str,
    stops: bool,
) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    kubernetes.put("/api/v1/namespaces", {"metadata": {"name": "flink", "labels": labels, "annotations": annotations or {}}})
    checkpoint = project.data_folder.parent / "state" / ".pulumi" / "stacks" / "flink-reviews" / "staging.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}), encoding="utf-8")
    finding = _by_subject(check_cluster(project, healthy))["namespace"]
    assert what in finding.what
    assert finding.stops_up is stops


def test_a_secret_that_is_not_there_is_told_once_with_the_way(project: StackOnDisk, healthy: Settings) -> None:
    """The text has the way in it: an arrow below it that points at the text would say nothing."""
    found = check_cluster(project, replace(healthy, secret_sources={"JAAS": "kafka-login/jaas"}))
    [told] = [one for one in found if one.subject == "secrets"]
    assert (told.ok, told.fix) == (False, "")
    assert "kubectl -n flink create secret generic kafka-login --from-file=jaas=FILE" in told.what


def test_a_port_that_another_command_holds_is_told(project: StackOnDisk, healthy: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = replace(healthy, ports=replace(healthy.ports, kafka=taken.getsockname()[1]))
        finding = _by_subject(check_cluster(project, settings))["port"]
    assert (finding.ok, finding.stops_up) == (False, False)
    assert "ports.kafka" in finding.fix


def test_what_is_forbidden_to_look_at_does_not_stop_up(project: StackOnDisk, kubernetes: FakeKubernetes, healthy: Settings) -> None:
    kubernetes.refuse("storageclasses", 403, "Forbidden", "storageclasses is forbidden")
    kubernetes.refuse("resourcequotas", 403, "Forbidden", "resourcequotas is forbidden")
    findings = check_cluster(project, healthy)
    assert not any(finding.stops_up for finding in findings)
    told = " ".join(finding.what for finding in findings)
    assert "whether there is a default class is not known" in told
    assert "whether quotas of namespace flink hold the stack is not known" in told


def test_a_registry_that_does_not_answer_stops_a_stack_that_builds(settings: Make, tmp_path: Path) -> None:
    [port] = free_ports(1)
    found = _by_subject(check_building(settings(image__repository=f"localhost:{port}/flink-ai-demo"), tmp_path))["registry"]
    assert found.stops_up
    assert "docker run" in found.fix


def test_a_registry_that_answers_is_right(settings: Make, tmp_path: Path) -> None:
    with serving(lambda _method, path, _body: (200 if path == "/v2/" else 404, {})) as registry:
        repository = f"localhost:{registry.server_address[1]}/flink-ai-demo"
        found = _by_subject(check_building(settings(image__repository=repository), tmp_path))["registry"]
    assert found.ok


def test_a_daemon_that_does_not_answer_stops_a_stack_that_builds(settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = _by_subject(check_building(settings(), tmp_path))["docker"]
    assert found.stops_up
    assert "Cannot connect to the Docker daemon" in found.what


def test_a_stack_that_does_not_build_needs_neither_docker_nor_registry(settings: Make, tmp_path: Path) -> None:
    subjects = {one.subject for one in check_building(settings(promotion__from="dev"), tmp_path)}
    assert subjects == {"plugin"}


@pytest.mark.parametrize(
    ("given", "blocks"),
    [
        pytest.param({"promotion__from": "dev"}, [True], id="nobody chose one node"),
        pytest.param({"promotion__from": "dev", "flink__volumeAccess": "ReadWriteOnce"}, [False], id="chosen: told each time"),
        pytest.param({"promotion__from": "dev", "flink__volumeAccess": "ReadWriteMany"}, [], id="any node"),
        pytest.param({}, [], id="not promoted"),
    ],
)
def test_state_of_a_promoted_stack_that_is_lost_with_a_node_is_told(
    healthy: Settings, settings: Make, project: StackOnDisk, given: dict[str, str], blocks: list[bool]
) -> None:
    found = [one for one in check_platform(project, settings(**given)) if one.subject == "state"]
    assert [one.stops_up for one in found] == blocks
    assert all("ReadWriteOnce volume" in one.what for one in found)


@pytest.mark.parametrize("there", [pytest.param(True, id="there"), pytest.param(False, id="missing")])
def test_a_missing_plugin_is_told_and_stops_nothing(
    settings: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if there:
        program = tmp_path / "pulumi-resource-kubernetes"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    [found] = check_building(settings(promotion__from="dev"), tmp_path)
    assert (found.ok, found.stops_up) == (there, False)
    assert re.search(r"kubernetes( provider)? 4\.", found.what)
