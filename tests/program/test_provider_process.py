"""The providers as Pulumi runs them: pickled by reference into a process of their own, spoken to over gRPC."""

import base64
from collections.abc import Iterator

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.runtime import rpc

from components.providers.artifacts import ArtifactsProvider
from components.providers.custom_resource_definition import CustomResourceDefinitionProvider
from components.providers.definitions import plain_definition
from components.providers.service import ServiceProvider
from components.providers.statement import StatementProvider
from components.providers.supervisor import SupervisorProvider
from components.providers.topic import TopicProvider
from components.providers.topic_inputs import topic_inputs
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic
from flinksql.statement import Definition, Kind, Statement
from tests.fakes.flink import FakeFlink, fake_flink
from tests.program.provider_process import CallFailedError, ProviderProcess, pickled, provider_process

PROVIDERS = [
    pytest.param(ArtifactsProvider(), "components.providers.artifacts", id="artifacts"),
    pytest.param(CustomResourceDefinitionProvider(), "components.providers.custom_resource_definition", id="custom resource definition"),
    pytest.param(ServiceProvider(), "components.providers.service", id="service"),
    pytest.param(StatementProvider(), "components.providers.statement", id="statement"),
    pytest.param(SupervisorProvider(), "components.providers.supervisor", id="supervisor"),
    pytest.param(TopicProvider(), "components.providers.topic", id="topic"),
]

OWNER = TopicOwner(stack="flink-reviews/local", stack_id="0123456789abcdef")


def table(text: str = "CREATE TABLE t (a STRING) WITH ('connector' = 'datagen')") -> dict[str, object]:
    statement = Statement(name="t", kind=Kind.CATALOG_OBJECT, text=text, file="sql/t.sql")
    return plain_definition(Definition(statement=statement, job_name="flink-reviews/test/t"))


@pytest.fixture(scope="module")
def flink() -> Iterator[FakeFlink]:
    with fake_flink() as running:
        yield running


@pytest.fixture(scope="module")
def process(flink: FakeFlink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    with provider_process() as running:
        running.configure(
            {
                "ports.sqlGateway": flink.gateway_server.url.rpartition(":")[2],
                "flink.mutualTls": "false",
                "ports.jobManager": flink.jobmanager_server.url.rpartition(":")[2],
                "ports.kafka": "1024",
                "data.folder": str(tmp_path_factory.mktemp("data")),
                "secret.PASSWORD": "pa55word",
            }
        )
        yield running


@pytest.mark.parametrize(("provider", "module"), PROVIDERS)
def test_a_provider_is_pickled_by_reference(provider: ResourceProvider, module: str) -> None:
    """By value it would hold code and line numbers, and every edit would change every resource."""
    content = base64.b64decode(pickled(provider))
    assert len(content) < 120
    assert module.encode() in content


@pytest.mark.parametrize(("provider", "module"), PROVIDERS)
def test_a_provider_is_not_hidden_in_the_state_as_if_it_were_a_secret(provider: ResourceProvider, module: str) -> None:
    assert provider.serialize_as_secret_always is False


def test_a_statement_lives_through_the_process(process: ProviderProcess) -> None:
    provider = StatementProvider()
    inputs, failures = process.check(provider, {}, table())
    revision = inputs.pop("revision")  # drawn at random for each change
    assert revision
    assert (inputs, failures) == (table(), [])
    inputs["revision"] = revision
    id_, state = process.create(provider, inputs)
    assert (id_, state["condition"]) == ("flink-reviews/test/t", "defined")
    assert process.diff(provider, state, inputs) == (False, [])
    changed = table("CREATE TABLE t (b STRING) WITH ('connector' = 'datagen')")
    assert process.diff(provider, state, changed) == (True, [])
    updated = process.update(provider, id_, state, changed)
    assert updated["definition_hash"] != state["definition_hash"]
    assert process.read(provider, id_, updated) == (id_, updated, changed)
    process.delete(provider, id_, updated)


def test_a_diff_names_the_inputs_that_differ_and_no_others(process: ProviderProcess) -> None:
    provider, former = StatementProvider(), table()
    changed = table("CREATE TABLE t (b STRING) WITH ('connector' = 'datagen')")
    assert process.differences(provider, former, changed) == {"text": "UPDATE"}
    assert process.differences(provider, former, {**former, "name": "u"}) == {"name": "UPDATE"}
    assert process.differences(provider, former, {**former, "job_name": "p/s/u"}) == {"job_name": "UPDATE_REPLACE"}


def test_a_wrong_statement_fails_in_the_check_with_its_place(process: ProviderProcess) -> None:
    _, failures = process.check(StatementProvider(), {}, table("CREATE TABLE t (a STRING) WITH ('connector' = 'datagn')"))
    assert len(failures) == 1
    assert failures[0].startswith("sql/t.sql")
    assert "datagn" in failures[0]
    assert "Traceback" not in failures[0]


def test_an_error_leaves_the_process_as_one_text_without_a_traceback(process: ProviderProcess) -> None:
    with pytest.raises(CallFailedError) as caught:
        process.create(StatementProvider(), table("CREATE TABLE t (a STRING) WITH ('connector' = 'datagn')"))
    assert str(caught.value).startswith("sql/t.sql")
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("urn", "words"),
    [
        pytest.param("flinksql:Statement::contexts", ["statement contexts", "run `pulumi up`", "-- adopt_job: <job id>"], id="statement"),
        pytest.param("kafka:Topic::reviews", ["cannot read reviews", "`pulumi up` takes over"], id="topic"),
    ],
)
def test_an_import_is_answered_with_what_to_do_instead(urn: str, words: list[str], process: ProviderProcess) -> None:
    with pytest.raises(CallFailedError) as caught:
        process.read_for_import(f"urn:pulumi:local::flink-reviews::pulumi-python:dynamic/{urn}", "id")
    assert [one for one in words if one not in str(caught.value)] == []
    assert "__provider" not in str(caught.value)


def test_unknown_values_of_a_preview_are_taken_for_a_change(process: ProviderProcess) -> None:
    provider = StatementProvider()
    _, state = process.create(provider, table())
    unknown = {**table(), "text": rpc.UNKNOWN}
    assert process.diff(provider, state, unknown) == (True, [])


def test_a_secret_is_found_in_the_configuration_and_never_in_the_state(process: ProviderProcess) -> None:
    text = "CREATE TABLE t (a STRING) WITH ('connector' = 'datagen', 'password' = '${secret:PASSWORD}')"
    _, failures = process.check(StatementProvider(), {}, table(text))
    assert failures == []
    _, state = process.create(StatementProvider(), table(text))
    assert "pa55word" not in repr(state)


def test_a_secret_without_a_value_is_told_with_the_command_that_sets_it(process: ProviderProcess) -> None:
    text = "CREATE TABLE t (a STRING) WITH ('connector' = 'datagen', 'password' = '${secret:MISSING}')"
    _, failures = process.check(StatementProvider(), {}, table(text))
    assert len(failures) == 1
    assert "pulumi config set --secret secret.MISSING" in failures[0]


def test_a_broker_that_is_down_is_one_clear_error(process: ProviderProcess) -> None:
    with pytest.raises(CallFailedError, match=r"no Kafka broker answers at 127\.0\.0\.1:1024"):
        process.create(TopicProvider(), topic_inputs(Topic(name="reviews", partitions=2), OWNER, delete_data=True))
