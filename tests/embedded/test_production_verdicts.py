"""The verdict on the settings and texts of the production bundle that people change, over the real planner's plans. Nothing runs."""

from dataclasses import replace

import pytest

from flinksql.flink.gateway import GatewayClient
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.sql import read_bundle
from flinksql.sql.lanes import in_lanes
from flinksql.statement import Definition
from flinksql.statements import LifecycleSettings, StatementLifecycle
from flinksql.statements.compatibility import Decision, Verdict
from tests.support.project import REPOSITORY, ProjectCopy

pytestmark = pytest.mark.real

PARAMETERS = {
    "kafka_bootstrap": "127.0.0.1:1",
    "model_endpoint": "http://127.0.0.1:1/lanes/{lane-of-this-statement}/v1/chat/completions",
    "model_name": "offline",
    "delivery_guarantee": "at-least-once",
    "window_seconds": "60",
    "prompt_version": "0",
    "heartbeat_keys": "heartbeat-0,heartbeat-2",
    "heartbeat_interval_seconds": "2",
    "heartbeat_hold_seconds": "66",
    "topic_prefix": "",
    "job_name": "p/s/j",
    "source_idle_timeout": "0 s",
    "kafka_max_record_bytes": "1048576",
}
BOOTSTRAP = "'properties.bootstrap.servers' = '${kafka_bootstrap}',"
LOGIN = """'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.mechanism' = 'SCRAM-SHA-512',
    'properties.config.providers' = 'directory', 'properties.sasl.jaas.config' = '${directory:/etc/kafka-login:jaas}',
    'properties.ssl.truststore.type' = 'PEM', 'properties.ssl.truststore.location' = '/etc/kafka-login/ca.pem',"""


def definition(statement: str, **changed: str) -> Definition:
    bundle = read_bundle(REPOSITORY / "sql" / "reviews", {**PARAMETERS, **changed}, REPOSITORY)
    options = {"parallelism.default": "1", "execution.checkpointing.interval": "10 s"}
    return bundle.definition(statement, f"production-verdicts/{statement}", options)


def edited(of: Definition, name: str, before: str, after: str) -> Definition:
    """Return a definition with a text replaced in the statement or in one of its closure."""
    every = [of.statement, *of.closure]
    texts = [replace(one, text=one.text.replace(before, after)) if one.name == name else one for one in every]
    assert texts != every
    return replace(of, statement=texts[0], closure=tuple(texts[1:]))


def in_this_many_lanes(lanes: int) -> Definition:
    plain = definition("summaries")
    unmarked = {**plain.parameters, "model_endpoint": PARAMETERS["model_endpoint"]}
    return in_lanes(replace(plain, parameters=unmarked), lanes, "kafka_offset")


@pytest.fixture(scope="module")
def lifecycle(embedded_endpoints: tuple[Endpoint, Endpoint], real_stack: ProjectCopy) -> StatementLifecycle:
    gateway, jobmanager = embedded_endpoints
    settings = LifecycleSettings(plans_folder=real_stack.data / "flink" / "plans")
    return StatementLifecycle(GatewayClient(gateway), JobManagerClient(jobmanager), settings=settings)


def verdict(lifecycle: StatementLifecycle, old: Definition, new: Definition) -> Verdict:
    found = lifecycle.verdict(old, new)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        pytest.param("contexts", {"delivery_guarantee": "exactly-once"}, id="transactions in the first stage"),
        pytest.param("summaries", {"delivery_guarantee": "exactly-once"}, id="transactions in the second stage"),
        pytest.param("summaries", {"model_name": "llama3.1"}, id="another model"),
        pytest.param("summaries", {"prompt_version": "1"}, id="another version of the prompt"),
    ],
)
def test_a_setting_that_no_state_depends_on_keeps_it(lifecycle: StatementLifecycle, statement: str, changed: dict[str, str]) -> None:
    assert str(verdict(lifecycle, definition(statement), definition(statement, **changed))) == "keeps state"


@pytest.mark.parametrize(
    ("statement", "file", "before", "after"),
    [
        pytest.param("summaries", "answers", "'180 s'", "'90 s'", id="the time-out of a call"),
        pytest.param("summaries", "judged_answers", "'no_summary'", "'nothing_said'", id="a verdict on answers"),
        pytest.param("contexts", "product_reviews", "'10 s'", "'20 s'", id="the discovery of partitions"),
        pytest.param("contexts", "contexts", "received_at,", "received_at AS arrival,", id="an alias"),
        pytest.param("contexts", "contexts", "    product_name,", "    LOWER(product_name),", id="what is written of a closed window"),
        pytest.param("contexts", "product_reviews", BOOTSTRAP, f"{BOOTSTRAP} {LOGIN}", id="a broker that asks for a login"),
    ],
)
def test_a_text_that_no_state_depends_on_keeps_it(
    lifecycle: StatementLifecycle, statement: str, file: str, before: str, after: str
) -> None:
    old = definition(statement)
    assert str(verdict(lifecycle, old, edited(old, file, before, after))) == "keeps state"


def test_another_prompt_keeps_the_state(lifecycle: StatementLifecycle) -> None:
    old = definition("summaries")
    prompt = old.parameters["prompt_summary"].replace("You are a product analyst", "You are kind")
    new = replace(old, parameters={**old.parameters, "prompt_summary": prompt})
    assert new != old
    assert str(verdict(lifecycle, old, new)) == "keeps state"


def test_another_length_of_the_windows_resets_the_aggregate(lifecycle: StatementLifecycle) -> None:
    found = verdict(lifecycle, definition("contexts"), definition("contexts", window_seconds="30"))
    assert str(found).startswith("resets state: GlobalWindowAggregate: the window changes")
    assert "topic product_reviews is read again from its beginning" in found.consequence


@pytest.mark.parametrize(
    ("before", "after"), [pytest.param(1, 2, id="1 to 2"), pytest.param(2, 1, id="2 to 1"), pytest.param(4, 8, id="4 to 8")]
)
def test_another_number_of_lanes_is_never_said_to_keep_the_rows_that_wait(lifecycle: StatementLifecycle, before: int, after: int) -> None:
    found = verdict(lifecycle, in_this_many_lanes(before), in_this_many_lanes(after))
    print(f"{before} to {after} lanes: {found}; {found.consequence}")
    assert found.decision in {Decision.RESETS, Decision.UNKNOWN}


def test_the_same_lanes_keep_the_state_when_the_prompt_changes(lifecycle: StatementLifecycle) -> None:
    old = in_this_many_lanes(4)
    prompt = old.parameters["prompt_summary"].replace("You are a product analyst", "You are kind")
    new = replace(old, parameters={**old.parameters, "prompt_summary": prompt})
    assert new != old
    assert str(verdict(lifecycle, old, new)) == "keeps state"


def test_what_goes_into_the_model_is_part_of_its_state(lifecycle: StatementLifecycle) -> None:
    old = definition("summaries")
    guarded = "COALESCE(SUBSTRING(reviews FROM 1 FOR 20000), '')"
    found = verdict(lifecycle, old, edited(old, "prompts", guarded, "SUBSTRING(reviews FROM 1 FOR 20000)"))
    assert str(found).startswith("resets state: MLPredictTableFunction: the types of the columns that go into it change")
