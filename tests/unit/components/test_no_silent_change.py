"""Whatever changes in an input, a run either shows a difference of the input's class or is documented to have nothing to do."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.dynamic import ResourceProvider

from components.connection import OWN, PROPERTY
from components.providers import artifacts, inputs, service
from components.providers.artifacts import ArtifactsProvider, artifacts_inputs
from components.providers.inputs import Change
from components.providers.model import ModelProvider, model_inputs
from components.providers.policies import plain_policy
from components.providers.service import ServiceProvider, service_inputs
from components.providers.supervisor import SupervisorProvider, supervisor_inputs
from components.providers.topic_inputs import topic_inputs
from embedded.control import Observed, ServiceState
from embedded.jars import Jar
from embedded.settings import JARS, EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.kafka.topic import Topic
from flinksql.policy import DeleteMode, Policy, UpgradeMode
from options.infrastructure import FlinkOptions, Ports
from tests.unit.components.statement_bench import SOURCE, StatementBench, configuration, job, statement_bench
from tests.unit.components.topic_bench import OWNER, FakeAdmin, topic_provider

Inputs = dict[str, Any]
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
NUMBER = st.integers(min_value=0, max_value=999)
# What becomes of the state is not asked here: each change is let through.
POLICY = plain_policy(Policy(allow_state_reset=True))
STATEMENT = {
    **job("INSERT INTO sink SELECT a FROM source WHERE a <> '${word}'"),
    "parameters": {"word": "none"},
    "policy": POLICY,
    "beside": ["copy"],
    "revision": "0",
    "topics": [],
    PROPERTY: OWN.to_inputs(),
}
TOPIC = {
    **topic_inputs(Topic(name="reviews", partitions=2, config={"retention.ms": "5"}), OWNER, delete_data=False),
    PROPERTY: OWN.to_inputs(),
}
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edited(base: Inputs, name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Inputs]:
    """Return inputs that differ from `base` in one of them alone."""
    return values.filter(lambda value: value != base.get(name)).map(lambda value: {**base, name: value})


def of_policy(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Inputs]:
    return edited(POLICY, name, values).map(lambda policy: {**STATEMENT, "policy": policy})


def closure(text: str) -> list[Inputs]:
    found: list[Inputs] = [{**one, "text": text} if one["name"] == "source" else one for one in STATEMENT["closure"]]
    return found


STATEMENT_EDITS: dict[str, st.SearchStrategy[Inputs]] = {
    "name": edited(STATEMENT, "name", WORD),
    "kind": edited(STATEMENT, "kind", st.sampled_from(["bounded job", "catalog object"])),
    "job_name": edited(STATEMENT, "job_name", WORD),
    "text": edited(STATEMENT, "text", WORD.map(lambda word: STATEMENT["text"].replace("SELECT a", f"SELECT a AS {word}"))),
    "closure": edited(
        STATEMENT, "closure", NUMBER.map(lambda number: closure(SOURCE.replace("'datagen'", f"'datagen', 'rows' = '{number}'")))
    ),
    "built_on": edited(STATEMENT, "built_on", st.dictionaries(WORD, WORD)),
    "beside": edited(STATEMENT, "beside", st.lists(WORD)),
    "revision": edited(STATEMENT, "revision", WORD),
    "topics": edited(STATEMENT, "topics", st.lists(WORD)),
    "parameters": edited(STATEMENT, "parameters", WORD.map(lambda word: {"word": word})),
    "options": edited(STATEMENT, "options", st.dictionaries(WORD, WORD, min_size=1)),
    "file": edited(STATEMENT, "file", WORD),
    "written": edited(STATEMENT, "written", WORD),
    "policy": st.one_of(
        of_policy("running", st.booleans()),
        of_policy("delete_mode", st.sampled_from([str(mode) for mode in DeleteMode])),
        of_policy("allow_state_reset", st.booleans()),
    ),
    "connection": edited(
        STATEMENT,
        "connection",
        st.just({"gateway_url": "http://127.0.0.1:1", "jobmanager_url": "http://127.0.0.1:1", "kafka_bootstrap": "h:1"}),
    ),
}
POLICY_EDITS: dict[str, st.SearchStrategy[Inputs]] = {
    "upgrade_mode": of_policy("upgrade_mode", st.sampled_from([str(mode) for mode in UpgradeMode])),
    "allow_state_reset": of_policy("allow_state_reset", st.booleans()),
    "running": of_policy("running", st.booleans()),
    "health_window_seconds": of_policy("health_window_seconds", st.floats(min_value=1, max_value=3600)),
    "delete_mode": of_policy("delete_mode", st.sampled_from([str(mode) for mode in DeleteMode])),
    "restore_from": of_policy("restore_from", WORD.map(lambda word: f"file:///{word}")),
    "renamed_from": of_policy("renamed_from", st.just("former")),
    "adopt_job": of_policy("adopt_job", st.text("0123456789abcdef", min_size=32, max_size=32)),
}
TOPIC_EDITS: dict[str, st.SearchStrategy[Inputs]] = {
    "topic": edited(TOPIC, "topic", WORD),
    "partitions": edited(TOPIC, "partitions", st.integers(min_value=3, max_value=999)),
    "replication": edited(TOPIC, "replication", st.integers(min_value=2, max_value=9)),
    "config": edited(TOPIC, "config", st.dictionaries(st.sampled_from(["retention.ms", "cleanup.policy"]), WORD)),
    "delete_data": edited(TOPIC, "delete_data", st.booleans()),
    "written": edited(TOPIC, "written", st.booleans()),
    "external": edited(TOPIC, "external", st.just(True)),
    "stack": edited(TOPIC, "stack", WORD),
    "stack_id": edited(TOPIC, "stack_id", WORD),
    "connection": edited(TOPIC, "connection", st.just({"kafka_bootstrap": "127.0.0.1:1"})),
}


def seen(provider: ResourceProvider, olds: Inputs, state: Inputs, news: Inputs) -> Change:
    """Return the class that a run shows for a change, as Pulumi goes about it: first the check, then the difference."""
    if provider.check(olds, news).failures:
        return Change.REJECTED
    difference = provider.diff("id", state, news)
    if difference.replaces:
        assert difference.delete_before_replace
        return Change.REPLACE
    return Change.IN_PLACE if difference.changes else Change.NO_EFFECT


def meant(change: Change) -> Change:
    """Return what Pulumi is told: to it an upgrade is an update like any other."""
    return Change.IN_PLACE if change is Change.UPGRADE else change


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StatementBench]:
    with statement_bench(tmp_path_factory.mktemp("bench")) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(bench: StatementBench) -> Inputs:
    created = bench.provider.create(STATEMENT).outs
    assert created is not None
    return created


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in STATEMENT_EDITS])
def test_each_input_of_a_statement_has_the_effect_of_its_class(bench: StatementBench, deployed: Inputs, name: str) -> None:
    @QUICK
    @given(STATEMENT_EDITS[name])
    def holds(news: Inputs) -> None:
        assert seen(bench.provider, STATEMENT, deployed, news) is meant(inputs.STATEMENT[name])

    holds()


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in POLICY_EDITS])
def test_each_part_of_a_policy_has_the_effect_of_its_class(bench: StatementBench, deployed: Inputs, name: str) -> None:
    @QUICK
    @given(POLICY_EDITS[name])
    def holds(news: Inputs) -> None:
        assert seen(bench.provider, STATEMENT, deployed, news) is meant(inputs.POLICY[name])

    holds()


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in TOPIC_EDITS])
def test_each_input_of_a_topic_has_the_effect_of_its_class(name: str) -> None:
    provider = topic_provider(FakeAdmin(), [])
    known = dict(provider.create(TOPIC).outs or {})

    @QUICK
    @given(TOPIC_EDITS[name])
    def holds(news: Inputs) -> None:
        assert seen(provider, TOPIC, known, news) is meant(inputs.TOPIC[name])

    holds()


class WellControl:
    """A control that finds every service as it should be."""

    def __init__(self, _settings: EmbeddedSettings) -> None:
        pass

    def edited_files(self, _service: ServiceName) -> list[Path]:
        return []

    def observe(self, _service: ServiceName) -> Observed:
        return Observed(state=ServiceState.RUNNING, pid=1, uptime_seconds=1.0, ready=True, reason="", digest=SERVICE["digest"])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which everything of the embedded platform is there."""
    monkeypatch.setattr(service, "ServiceControl", WellControl)
    monkeypatch.setattr(artifacts, "missing_jars", lambda *_arguments: [])
    monkeypatch.setattr(artifacts, "find_java", lambda *_arguments: "java")


JAR = Jar(group="g", artifact="a", version="1", size=1, sha256="0" * 64, sha1="0" * 40)
EMBEDDED = EmbeddedSettings(data_folder=Path("/data"))
SERVICE = service_inputs(ServiceName.KAFKA, EMBEDDED)
MACHINE_EDITS: list[tuple[str, type[ResourceProvider], Inputs, dict[str, Any]]] = [
    (
        "SERVICE",
        ServiceProvider,
        SERVICE,
        {
            "service": "taskmanager",
            "data_folder": "/other",
            "settings": replace(EMBEDDED, ports=Ports(model_gateway=20_000)).to_plain(),
            "digest": "d",
        },
    ),
    (
        "ARTIFACTS",
        ArtifactsProvider,
        artifacts_inputs(replace(EMBEDDED, flink=FlinkOptions(line="2.1"))),
        {
            "data_folder": "/other",
            "flink_line": "2.2",
            "model_kind": "ollama",
            "model_file": "/m.gguf",
            "jars": JAR.line(JARS),
            "digest": "d",
            "line_change": {"stack": "dev"},
        },
    ),
    ("SUPERVISOR", SupervisorProvider, supervisor_inputs(EMBEDDED), {"data_folder": "/other"}),
    ("MODEL", ModelProvider, model_inputs("llama3.1", "http://127.0.0.1:9/v1"), {"model": "m", "endpoint": "http://127.0.0.1:8/v1"}),
]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(("table", "provider", "base", "edits"), [pytest.param(*case, id=case[0].lower()) for case in MACHINE_EDITS])
def test_each_input_of_the_embedded_platform_has_the_effect_of_its_class(
    table: str, provider: type[ResourceProvider], base: Inputs, edits: Inputs
) -> None:
    classes: Mapping[str, Change] = getattr(inputs, table)
    assert classes.keys() == edits.keys()
    running = provider()
    running.configure(configuration({}))
    found = {name: seen(running, base, base, {**base, name: value}) for name, value in edits.items()}
    assert found == {name: meant(change) for name, change in classes.items()}


def test_every_input_is_edited_here() -> None:
    assert STATEMENT_EDITS.keys() == inputs.STATEMENT.keys() == STATEMENT.keys()
    assert POLICY_EDITS.keys() == inputs.POLICY.keys()
    assert TOPIC_EDITS.keys() == inputs.TOPIC.keys()
