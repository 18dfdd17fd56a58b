"""What stands in for the parts of a cluster's run that no package registry holds is taken for real by those who use it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from components.kubernetes.operator_chart import VERSION, OperatorChart
from platforms.kubernetes.arguments import chart_of
from settings import parse_settings
from tests.kubernetes.double.chart import KINDS, write_chart
from tests.kubernetes.double.docker_hands import DockerHands, admitted
from tests.kubernetes.double.kubernetes_hands import KubernetesHands
from tests.kubernetes.double.objects import Manifest, as_live, is_ready
from tests.kubernetes.double.plugin import VERSIONS
from tests.kubernetes.double.servicer import NotReadyError, Servicer
from tests.support.project import REPOSITORY


def _doubled_chart(folder: Path) -> OperatorChart:
    """Write the chart and read it as the program does."""
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "data.folder": str(folder / "data")}
    return chart_of(parse_settings({**values, "operator.chart": str(write_chart(folder))}))


def test_the_engine_is_told_the_version_of_the_doubled_plugin() -> None:
    assert Servicer(DockerHands(), VERSIONS["docker"]).GetPluginInfo(None, None).version == VERSIONS["docker"]


def test_the_doubled_chart_is_the_pinned_operators_with_its_four_kinds(tmp_path: Path) -> None:
    chart = _doubled_chart(tmp_path)
    assert chart.version == VERSION
    assert {name.partition(".")[0] for name in chart.crds} == set(KINDS)


def test_an_image_that_is_read_keeps_its_digest_as_with_the_real_plugin() -> None:
    """Without it, a preview that reads everything lists each Deployment of the image as an update."""
    inputs, state = struct_pb2.Struct(), struct_pb2.Struct()
    inputs.update({"imageName": "localhost:5001/a:1"})
    state.update({"imageName": "localhost:5001/a:1", "repoDigest": "localhost:5001/a@sha256:0"})
    request = provider_pb2.ReadRequest(id="a", type="docker:index/image:Image", inputs=inputs, properties=state)
    read = Servicer(DockerHands(), VERSIONS["docker"]).Read(request, Call())
    assert json_format.MessageToDict(read.properties)["repoDigest"] == "localhost:5001/a@sha256:0"
    assert "repoDigest" not in json_format.MessageToDict(read.inputs)


def test_only_what_the_ignore_file_lets_in_is_built_from(tmp_path: Path) -> None:
    """Docker without BuildKit reads all of the project else, and fails for a file of Pulumi's state that goes meanwhile."""
    for name in (".state/dev.json", "modelgateway/a.py", "modelgateway/__pycache__/a.pyc", "requirements/model-gateway.lock"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text", encoding="utf-8")
    with admitted(tmp_path, REPOSITORY / "docker" / "model-gateway" / "Dockerfile.dockerignore") as context:
        found = {one.relative_to(context).as_posix() for one in context.rglob("*") if one.is_file()}
    assert found == {"modelgateway/a.py", "requirements/model-gateway.lock"}


class NeverReady(DockerHands):
    """Writes what it is told, and it does not become ready."""

    def create(self, _kind: str, properties: Mapping[str, Any], _seconds: float) -> tuple[str, Mapping[str, Any]]:
        raise NotReadyError("Deployment gateway: timed out", "flink/gateway", properties)


class AbortedError(Exception):
    """What the gRPC library raises to leave a call."""


class Call:
    """The gRPC library's side of a call."""

    status: Any = None

    def abort_with_status(self, status: Any) -> None:  # noqa: ANN401
        self.status = status
        raise AbortedError


def test_what_was_written_and_is_not_ready_is_kept_by_the_engine() -> None:
    call, messages = Call(), provider_pb2
    given = json_format.ParseDict({"kind": "Deployment"}, struct_pb2.Struct())
    with pytest.raises(AbortedError):
        Servicer(NeverReady(), "1.0.0").Create(messages.CreateRequest(type="apps/v1:Deployment", properties=given), call)
    told = status_pb2.Status.FromString(dict(call.status.trailing_metadata)["grpc-status-details-bin"])
    partial = provider_pb2.ErrorResourceInitFailed()
    assert told.details[0].Unpack(partial)
    assert (partial.id, list(partial.reasons)) == ("flink/gateway", ["Deployment gateway: timed out"])
    assert partial.inputs == partial.properties == given


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        pytest.param({"image": "a"}, {"image": "b"}, {"image": "b"}, id="changed"),
        pytest.param({"spec": {"a": 1}}, {"spec": {"a": 1, "default": 2}, "status": {}}, {"spec": {"a": 1}}, id="what-a-cluster-adds"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, {"a": 1}, id="gone"),
        pytest.param([{"name": "x", "v": 1}], [{"name": "x", "v": 2, "w": 3}], [{"name": "x", "v": 2}], id="list"),
        pytest.param([1], [1, 2], [1, 2], id="longer-list"),
    ],
)
def test_an_object_is_read_back_in_the_fields_that_were_given(wanted: Any, found: Any, expected: Any) -> None:  # noqa: ANN401
    assert as_live(wanted, found) == expected


def test_the_doubled_kinds_refuse_a_field_that_the_operator_does_not_have(tmp_path: Path) -> None:
    chart = _doubled_chart(tmp_path)
    for file in chart.crds.values():
        schema = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        assert "x-kubernetes-preserve-unknown-fields" not in schema["properties"]["spec"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        pytest.param("Deployment", {"replicas": 1, "template": 1}, {"replicas": 2, "template": 2}, [], id="deployment"),
        pytest.param("StatefulSet", {"replicas": 1, "template": 1}, {"replicas": 2, "template": 2}, [], id="stateful-set"),
        pytest.param("StatefulSet", {"volumeClaimTemplates": [1]}, {"volumeClaimTemplates": [2]}, ["spec"], id="volumes"),
        pytest.param("Job", {"template": 1}, {"template": 2}, ["spec"], id="job"),
    ],
)
def test_what_kubernetes_does_not_let_change_is_made_anew(kind: str, old: object, new: object, expected: list[str]) -> None:
    was, is_ = ({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec} for spec in (old, new))
    assert KubernetesHands().replaces(was, is_) == expected


@pytest.mark.parametrize(
    ("condition", "seen", "holds"),
    [
        pytest.param("condition=Ready", {"type": "Ready", "status": "True"}, True, id="so"),
        pytest.param("condition=Ready", {"type": "Ready", "status": "False"}, False, id="not so"),
        pytest.param("condition=Ready", {"type": "NotReady", "status": "True"}, False, id="another"),
        pytest.param("condition=Ready=False", {"type": "Ready", "status": "False"}, True, id="its opposite"),
    ],
)
def test_a_condition_is_waited_for_as_by_the_real_plugin(condition: str, seen: dict[str, str], holds: bool) -> None:
    def kafka(observed: int) -> Manifest:
        metadata = {"name": "a", "generation": 2, "annotations": {"pulumi.com/waitFor": condition}}
        return {"kind": "Kafka", "metadata": metadata, "status": {"observedGeneration": observed, "conditions": [seen]}}

    assert is_ready(kafka(2)) is holds
    assert not is_ready(kafka(1)), "that was before the change"
