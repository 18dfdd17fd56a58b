"""A platform without a pipeline, and pipelines on it: what one stack says, another declares, and nothing of the platform twice."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.stack_state import IDENTITY_TYPE
from flinksql.kafka.admin import TopicAdmin
from platforms.hosting import HANDED_ON, OUTPUT, settings_of_contract
from settings.keys import KEYS, SECRETS
from tests.fakes.flink import FakeFlink, fake_flink
from tests.program.kubernetes_declaration import declare
from tests.program.recorder import STACK_ID, Declaration, StoppedError, run_program

PLATFORM = "organization/flink-reviews/platform"
PIPELINE = {"platform": "external", "platform.stack": PLATFORM}
SRC = "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen');\n"
SNK = """CREATE TABLE snk (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}ids', 'format' = 'json',
  'properties.bootstrap.servers' = '${kafka_bootstrap}');
"""


@pytest.fixture
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as found:
        yield found


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker answers: there is none in these tests."""
    monkeypatch.setattr(TopicAdmin, "reach", lambda _self: None)


def platform_config(flink: FakeFlink, **more: str) -> dict[str, str]:
    """Return the keys of a platform stack whose Flink is the fake one."""
    return {
        "bundle": "none",
        "flink.mutualTls": "false",
        "ports.sqlGateway": flink.gateway_server.url.rpartition(":")[2],
        "ports.jobManager": flink.jobmanager_server.url.rpartition(":")[2],
        **{key.replace("__", "."): value for key, value in more.items()},
    }


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "ids"
    folder.mkdir()
    for name, text in (("src", SRC), ("snk", SNK), ("copy", "INSERT INTO snk SELECT id FROM src;\n")):
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def pipeline(bundle: Path, outputs: Mapping[str, Any], **more: Any) -> Declaration:  # noqa: ANN401
    return run_program({**PIPELINE, "bundle": str(bundle)}, stack="orders", stacks={PLATFORM: outputs}, **more)


def test_a_platform_has_services_and_no_pipeline_of_its_own(flink: FakeFlink) -> None:
    declared = run_program(platform_config(flink), stack="platform")
    assert declared.of_type("embedded:Service")
    assert declared.of_type("flinksql:Statement") == {}
    assert declared.of_type("kafka:Topic") == {}
    [tenants] = declared.of_type("flinksql:Tenants").values()
    # While it does not go, nothing else does.
    others = {urn for urn, one in declared.resources.items() if urn != tenants.urn and one.type.startswith("pulumi-python:")}
    assert others <= declared.before(tenants.urn)


def test_its_contract_is_settings_without_a_secret(flink: FakeFlink) -> None:
    contract = run_program(platform_config(flink), stack="platform").outputs[OUTPUT]
    assert contract["contractVersion"] == 1
    assert contract["settings"]["external.gatewayUrl"] == flink.gateway_server.url
    assert contract["settings"]["external.kafkaBootstrap"].startswith("127.0.0.1:")
    assert set(contract["settings"]) <= set(HANDED_ON) <= set(KEYS)
    assert not set(HANDED_ON) & set(SECRETS)


def test_a_pipeline_declares_its_statements_and_nothing_of_the_platform(flink: FakeFlink, bundle: Path) -> None:
    platform = run_program(platform_config(flink), stack="platform")
    declared = pipeline(bundle, platform.outputs)
    kinds = {one.type.rpartition(":")[2] for one in declared.resources.values() if one.type.startswith("pulumi-python:")}
    assert kinds == {"Identity", "Statement", "Topic", "OrphanedJobs", "OrphanedTopics"}
    copy = declared.of_type("flinksql:Statement")["copy"]
    assert copy.inputs["job_name"] == "flink-reviews/orders/copy"
    connection = copy.inputs["connection"]
    assert connection["stack_id"] == STACK_ID
    assert connection["settings"]["external.gatewayUrl"] == flink.gateway_server.url
    assert declared.outputs["stackId"] == STACK_ID
    assert declared.outputs["kafkaBootstrap"] == platform.outputs["kafkaBootstrap"]
    assert declared.of_type("stack:Identity")["identity"].inputs["accepted"]["settings"]


def test_a_pipeline_keeps_what_the_platform_said_last(flink: FakeFlink, bundle: Path) -> None:
    contract = run_program(platform_config(flink), stack="platform").outputs[OUTPUT]
    state = ((IDENTITY_TYPE, {"stack_id": STACK_ID, "accepted": contract}),)
    assert pipeline(bundle, {}, state=state).outputs["gatewayUrl"] == flink.gateway_server.url


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param({}, id="a stack that is down"),
        pytest.param({"platform": "embedded"}, id="a stack with a pipeline of its own"),
        pytest.param({OUTPUT: {"contractVersion": 2, "settings": {"external.gatewayUrl": "http://x"}}}, id="a newer contract"),
        pytest.param({OUTPUT: "nothing"}, id="something else"),
    ],
)
def test_a_platform_that_says_nothing_is_a_mistake_with_the_way_out(bundle: Path, outputs: Mapping[str, Any]) -> None:
    with pytest.raises(StoppedError, match=f"platform.stack is {PLATFORM}: no such stack is up that pipelines can run on"):
        pipeline(bundle, outputs)


def test_nothing_is_declared_where_the_flink_lacks_something(flink: FakeFlink, bundle: Path) -> None:
    outputs = run_program(platform_config(flink), stack="platform").outputs
    flink.cluster.version = flink.gateway.version = "1.20.1"
    seen: list[str] = []
    with pytest.raises(StoppedError, match=r"(?s)not ready for this stack.*1\.20\.1"):
        pipeline(bundle, outputs, seen=seen)
    assert [kind for kind in seen if kind.startswith("pulumi-python:")] == []


def test_a_pipeline_on_somebody_elses_flink_is_no_platform() -> None:
    with pytest.raises(StoppedError, match="pipelines of other stacks do not run on a platform external"):
        run_program(
            {
                "platform": "external",
                "bundle": "none",
                "external.gatewayUrl": "http://127.0.0.1:99",
                "external.jobManagerUrl": "http://127.0.0.1:99",
                "external.kafkaBootstrap": "127.0.0.1:99",
            }
        )


def test_several_bundles_on_one_stack_are_refused_with_the_way_that_works() -> None:
    with pytest.raises(StoppedError, match=r"bundle is 'a,b': a stack runs one bundle.*platform\.stack"):
        run_program({"bundle": "a,b"})


def test_a_contract_of_somebody_else_sets_no_key_that_there_is_not() -> None:
    given = {"contractVersion": 1.0, "settings": {"external.gatewayUrl": "http://x", "no.such": "1"}}
    assert settings_of_contract(given) == {"external.gatewayUrl": "http://x"}


def test_a_platform_in_a_cluster_has_no_pipeline_either(tmp_path: Path) -> None:
    declared = declare("dev", tmp_path, {"bundle": "none", "bundle.parameters.window_seconds": ""})
    assert declared.of_type("flinksql:Statement") == {}
    [tenants] = declared.of_type("flinksql:Tenants").values()
    # Its own guard of objects goes after it, and everything else after that.
    assert any(one.type.endswith("DestroyGuard") and one.urn in declared.before(tenants.urn) for one in declared.resources.values())
    handed = settings_of_contract(declared.outputs[OUTPUT])
    assert handed["external.inCluster"] == "true"
    assert handed["kubernetes.context"]
