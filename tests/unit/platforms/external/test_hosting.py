"""What a platform stack says, on each platform, is what a pipeline stack connects by."""

from pathlib import Path
from typing import Any

import pytest

from components.connection import STACK_ID
from platforms.errors import PlatformError
from platforms.external.in_cluster import AccessInCluster
from platforms.hosting import contract, handed_on, settings_of_contract
from platforms.registry import platform_of
from settings import Settings, parse_settings

EMBEDDED: dict[str, str] = {"bundle": "none"}
KUBERNETES = {"platform": "kubernetes", "bundle": "none", "kubernetes.context": "kind-kind", "kubernetes.namespace": "shared"}
PIPELINE = {"platform": "external", "platform.stack": "organization/flink-reviews/platform"}


def through(given: dict[str, str], **own: Any) -> Settings:  # noqa: ANN401
    """Return the settings of a pipeline stack on a platform stack with these keys; the files that it names are left out."""
    handed = settings_of_contract(contract(platform_of(parse_settings(given)).hosted()))
    files = {"external.caFile", "external.clientCertificate"}
    return parse_settings({**PIPELINE, **own, **{key: value for key, value in handed.items() if key not in files}})


def test_this_machines_processes_are_addresses_files_and_folders(tmp_path: Path) -> None:
    handed = handed_on(platform_of(parse_settings({**EMBEDDED, "data.folder": str(tmp_path)})).hosted())
    assert handed["external.gatewayUrl"] == "https://127.0.0.1:19083"
    assert handed["external.clientCertificate"] == str(tmp_path / "certificates" / "client.pem")
    assert handed["external.checkpointsFolder"] == str(tmp_path / "flink" / "checkpoints")
    assert "external.inCluster" in handed


def test_a_pipeline_has_the_platforms_model_and_line() -> None:
    served = {"model.kind": "openai", "model.endpoint": "https://models.example.com/v1", "model.name": "large", "flink.line": "2.1"}
    settings = through({**EMBEDDED, **served}, **{"model.name": "small", "flink.line": "2.2"})
    assert settings.flink.line == "2.1"
    assert settings.model.name == "large"
    # The key of the model's server is the gateway's alone.
    assert settings.model.endpoint == f"{settings.external.model_url}/v1"


def test_a_namespace_is_reached_through_its_api_server() -> None:
    settings = through(KUBERNETES)
    access = platform_of(settings).connect({STACK_ID: "0123"})
    assert isinstance(access, AccessInCluster)
    assert settings.kubernetes.cluster.context == "kind-kind"
    assert platform_of(settings).endpoints().kafka_bootstrap == "kafka.shared.svc:9092"
    assert platform_of(settings).endpoints().is_own_broker is False
    assert access.is_own_broker, "its port is forwarded"
    assert len(access.salt()) == 32


def test_a_pipeline_never_takes_the_session_cluster_for_gone_because_it_goes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("platforms.kubernetes.access.session_cluster_is_gone", lambda _settings, *, goes: asked.append(goes))
    AccessInCluster(through(KUBERNETES)).jobs_are_gone(goes=True)
    assert asked == [False]


def test_a_pipeline_stack_is_no_platform() -> None:
    with pytest.raises(PlatformError, match="pipelines of other stacks do not run on a platform external"):
        platform_of(through(EMBEDDED)).hosted()
