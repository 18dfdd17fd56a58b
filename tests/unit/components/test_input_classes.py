"""Every input of every resource says what a change of it means."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cluster.decoration import Decoration
from cluster.ownership import Owner
from components.connection import OWN, PROPERTY
from components.kubernetes.operator_chart import OperatorChart
from components.promotion import Offer
from components.promotion_history import Promotion
from components.providers import inputs
from components.providers.artifacts import artifacts_inputs
from components.providers.custom_resource_definition import ClusterAccess, definition_inputs
from components.providers.definitions import plain_definition
from components.providers.destroy_guard import guard_inputs
from components.providers.inputs import Change, replaced
from components.providers.model import model_inputs
from components.providers.namespace_claim import claim_inputs
from components.providers.orphaned_jobs import orphaned_jobs_inputs
from components.providers.orphaned_topics import orphaned_topics_inputs
from components.providers.policies import plain_policy
from components.providers.service import service_inputs
from components.providers.stack_identity import identity_inputs
from components.providers.supervisor import supervisor_inputs
from components.providers.topic_inputs import topic_inputs
from components.providers.topic_release import release_inputs
from components.stack_state import OwnState
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.kafka.ownership import TopicOwner
from flinksql.kafka.topic import Topic
from flinksql.policy import Policy
from flinksql.statement import Definition, Kind, Statement
from platforms.kubernetes.arguments import foundation_inputs
from settings import parse_settings

CHART = OperatorChart(folder=Path("/chart"), version="1.15.0", crds={"this": Path(__file__)})
CLUSTER = ClusterAccess(context="kind-kind")
SETTINGS = EmbeddedSettings(data_folder=Path("/data"))
WITH_STRIMZI = parse_settings({"platform": "kubernetes", "kubernetes.context": "kind-kind", "kafka.kind": "strimzi"})
PROMOTED = Promotion(source="dev", offer=Offer(bundle="b", bundle_hash="0", flink_line="2.2"))
OWNER = Owner(stack="p/s", stack_id="0")
BORNE = Decoration(labels={"a": "b"}, annotations={"a": "b"})
TOPIC_OWNER = TopicOwner(stack="p/s", stack_id="0")
REACHED = {PROPERTY: OWN.to_inputs()}
DEFINITION = Definition(statement=Statement(name="t", kind=Kind.JOB, text="INSERT", file="t.sql"), job_name="p/s/t")


@pytest.mark.parametrize(
    ("table", "given"),
    [
        pytest.param(
            inputs.STATEMENT, {**plain_definition(DEFINITION), "beside": ["t"], "revision": "0", "topics": [], **REACHED}, id="statement"
        ),
        pytest.param(inputs.POLICY, plain_policy(Policy()), id="policy"),
        pytest.param(
            inputs.TOPIC,
            {**topic_inputs(Topic(name="t", partitions=1), TOPIC_OWNER, delete_data=False, external=True), **REACHED},
            id="topic",
        ),
        pytest.param(inputs.SERVICE, service_inputs(ServiceName.KAFKA, SETTINGS), id="service"),
        pytest.param(inputs.ARTIFACTS, artifacts_inputs(SETTINGS, {"stack": "dev"}), id="artifacts"),
        pytest.param(inputs.MODEL, model_inputs("llama3.1", "http://127.0.0.1:11434/v1"), id="model"),
        pytest.param(
            inputs.CUSTOM_RESOURCE_DEFINITION,
            definition_inputs("this", CHART, retain=True, cluster=CLUSTER),
            id="custom resource definition",
        ),
        pytest.param(inputs.FOUNDATION, foundation_inputs(WITH_STRIMZI, "dev"), id="foundation"),
        pytest.param(inputs.ORPHANED_JOBS, {**orphaned_jobs_inputs("p/s", [], OwnState()), **REACHED}, id="orphaned jobs"),
        pytest.param(
            inputs.ORPHANED_TOPICS,
            {**orphaned_topics_inputs(TOPIC_OWNER, [], OwnState(), delete_data=True), **REACHED},
            id="orphaned topics",
        ),
        pytest.param(inputs.IDENTITY_INPUTS, identity_inputs("p/s", "0", promotion=PROMOTED), id="identity"),
        pytest.param(
            inputs.NAMESPACE_CLAIM, claim_inputs("flink", OWNER, is_foreign=False, keep=False, decoration=BORNE), id="namespace claim"
        ),
        pytest.param(inputs.TOPIC_RELEASE, release_inputs("flink", "orders"), id="topic release"),
        pytest.param(inputs.DESTROY_GUARD, guard_inputs([], OWNER), id="destroy guard"),
        pytest.param(inputs.SUPERVISOR, supervisor_inputs(SETTINGS), id="supervisor"),
    ],
)
def test_every_input_has_a_class_and_every_class_an_input(table: Mapping[str, Change], given: Mapping[str, Any]) -> None:
    assert table.keys() == given.keys()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"text": "x", "file": "y", "options": {"a": "b"}}, [], id="upgrades and in place"),
        pytest.param({"kind": "catalog object"}, ["kind"], id="another kind"),
        pytest.param({"name": "u", "job_name": "p/s/u"}, ["job_name"], id="another name"),
        pytest.param({"name": "u"}, [], id="a renamed file"),
    ],
)
def test_only_inputs_of_class_replace_replace(changed: dict[str, Any], expected: list[str]) -> None:
    olds = plain_definition(DEFINITION)
    assert replaced(inputs.STATEMENT, olds, {**olds, **changed}) == expected
