"""What a command knows of the platform stack before the engine runs, and of the stack's secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.names import PROJECT
from console.project import Project
from platforms.hosting import OUTPUT
from settings import SettingsError

CONTRACT = {
    "contractVersion": 1,
    "settings": {
        "external.gatewayUrl": "http://127.0.0.1:19083",
        "external.jobManagerUrl": "http://127.0.0.1:19081",
        "external.kafkaBootstrap": "127.0.0.1:19092",
    },
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    values = {"platform": "external", "platform.stack": f"organization/{PROJECT}/platform"}
    return Project(root=tmp_path, stack="orders", data_folder=tmp_path / ".data", values=values, secrets=frozenset())


def write_state(project: Project, stack: str, *resources: dict[str, Any]) -> None:
    file = project.root / ".state" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    named = [{"urn": f"urn:pulumi:{stack}::{PROJECT}::{one['type']}::x", **one} for one in resources]
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": named}}}), encoding="utf-8")


def test_a_platform_stack_says_where_pipelines_run(project: Project) -> None:
    write_state(project, "platform", {"type": "pulumi:pulumi:Stack", "outputs": {OUTPUT: CONTRACT}})
    assert project.settings().external.gateway_url == "http://127.0.0.1:19083"


def test_one_that_is_gone_is_remembered_by_the_pipeline(project: Project) -> None:
    identity = {"type": "pulumi-python:dynamic/stack:Identity", "custom": True, "outputs": {"accepted": CONTRACT}}
    write_state(project, "orders", identity)
    assert project.settings().external.kafka_bootstrap == "127.0.0.1:19092"


@pytest.mark.parametrize(
    "other", [pytest.param("organization/another/platform", id="another project"), pytest.param("o/p/nowhere", id="none")]
)
def test_one_that_says_nothing_is_a_mistake_with_the_way_out(project: Project, other: str) -> None:
    write_state(project, "platform", {"type": "pulumi:pulumi:Stack", "outputs": {OUTPUT: CONTRACT}})
    values = {**project.values, "platform.stack": other}
    elsewhere = Project(root=project.root, stack="orders", data_folder=project.data_folder, values=values, secrets=frozenset())
    with pytest.raises(SettingsError, match=r"Set `bundle` to none in it, and run its `up` first"):
        elsewhere.settings()


def test_a_stack_without_secrets_starts_no_cli(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write_state(project, "platform", {"type": "pulumi:pulumi:Stack", "outputs": {OUTPUT: CONTRACT}})
    monkeypatch.setattr("console.secrets.find", lambda _folder: pytest.fail("a secret was asked for"))
    assert project.settings().secret("external.password") == ""
