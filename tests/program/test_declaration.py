"""What the program declares, for each stack file that is committed, and in which order."""

import re
from pathlib import Path

import pytest

from components.names import PROJECT_FOLDER, STATEMENT_TYPE
from components.stack_state import IDENTITY_TYPE
from settings.keys import KEYS
from tests.program.recorder import STACK_ID, Declaration, StoppedError, project_defaults, run_program, stack_config

STACK_FILES = sorted(PROJECT_FOLDER.glob("Pulumi.*.yaml"))
SERVICES = {"kafka", "jobmanager", "taskmanager", "sql-gateway", "model-gateway", "flink-ui"}


def stack_of(file: Path) -> str:
    return file.name.split(".")[1]


@pytest.mark.parametrize("file", [pytest.param(PROJECT_FOLDER / "Pulumi.local.yaml", id="local")])
def test_an_embedded_stack_file_declares_the_whole_pipeline(file: Path) -> None:
    declaration = run_program(stack_config(file), stack=stack_of(file))
    assert {"contexts", "summaries"} <= declaration.of_type("Statement").keys()
    assert declaration.details["statements"]["contexts"]["jobName"] == f"flink-reviews/{stack_of(file)}/contexts"


def test_the_committed_stacks_are_local_and_three_on_kubernetes() -> None:
    assert [stack_of(file) for file in STACK_FILES] == ["dev", "local", "prod", "staging"]


def test_the_local_stack_file_is_in_the_form_that_pulumi_leaves_alone() -> None:
    text = (PROJECT_FOLDER / "Pulumi.local.yaml").read_text(encoding="utf-8")
    assert "\nencryptionsalt: v1:" in text


def test_the_project_file_has_exactly_the_keys_and_defaults_that_the_program_knows() -> None:
    assert project_defaults() == {name: key.declared.default_text for name, key in KEYS.items()}


def test_every_service_is_a_resource_above_supervisor_and_artifacts(declaration: Declaration) -> None:
    services = declaration.of_type("embedded:Service")
    below = {one.urn for kind in ("Supervisor", "Artifacts") for one in declaration.of_type(f"embedded:{kind}").values()}
    assert services.keys() == SERVICES
    assert all(service.below == below for service in services.values())


def test_a_topic_waits_for_the_broker_and_who_the_stack_is(declaration: Declaration) -> None:
    kafka, identity = declaration.of_type("embedded:Service")["kafka"].urn, declaration.of_type("stack:Identity")["identity"].urn
    orphaned = declaration.of_type("kafka:OrphanedTopics")["orphaned-topics"]
    topics = declaration.of_type("kafka:Topic")
    assert topics
    assert all(topic.below == {kafka, identity, orphaned.urn} for topic in topics.values())
    assert orphaned.below == {kafka, identity}
    assert orphaned.inputs["claimed"] == sorted(topics)
    assert (orphaned.inputs["stack"], orphaned.inputs["stack_id"]) == ("flink-reviews/local", STACK_ID)


def test_what_belongs_to_nobody_goes_after_all_of_its_kind_and_before_what_it_uses(declaration: Declaration) -> None:
    jobs = [one for one in declaration.of_type("flinksql:Statement").values() if one.inputs["kind"] == "job"]
    orphaned = declaration.of_type("flinksql:OrphanedJobs")["orphaned-jobs"]
    assert all(orphaned.urn in job.below for job in jobs)
    assert {one.urn for one in (*declaration.of_type("embedded:Service").values(), *declaration.of_type("kafka:Topic").values())} <= (
        declaration.before(orphaned.urn)
    )
    assert set(orphaned.inputs["declared"]) == {job.inputs["job_name"] for job in jobs}
    assert orphaned.inputs["recorded"] == []


def test_the_type_by_which_a_statement_is_found_in_the_state_is_the_one_that_it_has(reviews: Declaration) -> None:
    assert {one.type for one in reviews.of_type("flinksql:Statement").values()} == {STATEMENT_TYPE}


@pytest.mark.parametrize(
    ("bundle", "topics"),
    [
        pytest.param("article", {"product_reviews", "product_review_context", "product_review_summary"}, id="article"),
        pytest.param(
            "reviews",
            {
                "product_reviews",
                "product_review_rejected",
                "product_review_context",
                "product_review_summary",
                "product_review_summary_rejected",
            },
            id="reviews",
        ),
    ],
)
def test_the_topics_are_those_that_the_tables_name_each_once(bundle: str, topics: set[str]) -> None:
    assert run_program({"bundle": bundle}).of_type("kafka:Topic").keys() == topics


def test_a_job_is_above_its_topics_all_services_and_its_whole_closure(declaration: Declaration) -> None:
    statements = declaration.of_type("flinksql:Statement")
    services = {one.urn for one in declaration.of_type("embedded:Service").values()}
    jobs = [one for one in statements.values() if one.inputs["kind"] == "job"]
    assert len(jobs) == 2
    for job in jobs:
        before = declaration.before(job.urn)
        assert services <= before
        assert {statements[other["name"]].urn for other in job.inputs["closure"]} <= before
        topics = {name for name, one in declaration.of_type("kafka:Topic").items() if one.urn in before}
        assert set(job.inputs["topics"]) <= topics
        assert job.inputs["topics"]


def test_the_stacks_identity_is_found_again_by_its_type(reviews: Declaration) -> None:
    [identity] = reviews.of_type("stack:Identity").values()
    assert identity.type == IDENTITY_TYPE
    assert identity.inputs["stack_id"] == STACK_ID


def test_a_stack_without_a_state_makes_up_an_id_of_its_own() -> None:
    made = [run_program({}, state=()).of_type("stack:Identity")["identity"].inputs["stack_id"] for _ in range(2)]
    assert all(re.fullmatch(r"[0-9a-f]{16}", one) for one in made)
    assert made[0] != made[1]


def test_a_catalog_object_waits_for_the_planner_and_what_it_mentions(reviews: Declaration) -> None:
    statements = reviews.of_type("flinksql:Statement")
    gateway = reviews.of_type("embedded:Service")["sql-gateway"].urn
    assert statements["answers"].below == {gateway, statements["prompts"].urn, statements["product_review_summarizer"].urn}


def test_a_reader_does_not_wait_for_the_job_that_fills_its_table(reviews: Declaration) -> None:
    statements = reviews.of_type("flinksql:Statement")
    assert statements["contexts"].urn not in reviews.before(statements["summaries"].urn)


def test_destroying_in_reverse_ends_jobs_before_topics_and_services_before_the_supervisor(declaration: Declaration) -> None:
    supervisor = next(iter(declaration.of_type("embedded:Supervisor").values()))
    for one in declaration.resources.values():
        if one.type.startswith("pulumi-python:") and one.name not in {"supervisor", "artifacts", "identity"}:
            assert supervisor.urn in declaration.before(one.urn)


def test_a_statement_gets_only_the_parameters_that_it_or_its_closure_uses(reviews: Declaration) -> None:
    statements = reviews.of_type("flinksql:Statement")
    assert statements["product_reviews"].inputs["parameters"] == {
        "job_name": "flink-reviews/local/product_reviews",
        "kafka_bootstrap": "127.0.0.1:19092",
        "source_idle_timeout": "0 s",
        "topic_prefix": "",
    }
    assert statements["contexts"].inputs["parameters"].keys() == {
        "job_name",
        "topic_prefix",
        "kafka_bootstrap",
        "delivery_guarantee",
        "window_seconds",
        "source_idle_timeout",
        "heartbeat_keys",
        "heartbeat_interval_seconds",
        "heartbeat_hold_seconds",
        "kafka_max_record_bytes",
    }


def test_a_diff_shows_which_statement_below_changed_and_not_the_whole_closure(reviews: Declaration) -> None:
    before, after = (one.of_type("flinksql:Statement") for one in (reviews, run_program({"model.name": "another"})))
    assert {one.hidden for one in after.values()} == {("closure", "beside", "topics")}
    changed = {
        name: [other for other, digest in after[name].inputs["built_on"].items() if before[name].inputs["built_on"][other] != digest]
        for name in after
    }
    assert changed["summaries"] == ["product_review_summarizer"]
    assert changed["contexts"] == []


def test_a_preview_knows_every_output_but_the_job_ids() -> None:
    preview, update = run_program({}, preview=True), run_program({})
    for declaration in (preview, update):
        for statement in declaration.details["statements"].values():
            statement.pop("jobId")
    assert (preview.outputs, preview.details) == (update.outputs, update.details)


def test_the_outputs_are_the_contract(declaration: Declaration) -> None:
    assert declaration.outputs.keys() == {
        "schemaVersion",
        "platform",
        "flinkLine",
        "dataFolder",
        "bundle",
        "kafkaBootstrap",
        "gatewayUrl",
        "jobManagerUrl",
        "modelUrl",
        "links",
    }
    assert declaration.outputs["schemaVersion"] == 2
    assert declaration.details.keys() == {"services", "topics", "statements"}
    assert set(declaration.details["services"]) == SERVICES
    assert all(
        one.keys() == {"kind", "jobName", "jobId", "definitionHash", "running"} for one in declaration.details["statements"].values()
    )


def test_no_value_of_a_secret_reaches_a_resource_or_an_output() -> None:
    config = {"model.apiKey": "s3cr3t-key", "secret.DATABASE": "s3cr3t-password", "model.kind": "openai", "model.endpoint": "http://h/v1"}
    declaration = run_program(config, concealed=("model.apiKey", "secret.DATABASE"))
    assert "s3cr3t" not in repr(declaration)


def test_the_declaration_is_the_same_each_time() -> None:
    assert run_program({}) == run_program({})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param({"flink.lien": "2.2"}, "Did you mean flink.line", id="unknown key"),
        pytest.param({"bundle": "nothing"}, "there is no folder sql/nothing", id="unknown bundle"),
        pytest.param({"flink.taskSlots": "1"}, "need 2 [(]contexts 1, summaries 1[)]", id="too few slots"),
        pytest.param({"flink.parallelism": "5"}, "need 10", id="too much parallelism"),
        pytest.param({"model.apiKey": "plain"}, "--secret model.apiKey", id="secret in plain text"),
        pytest.param({"model.name": "a${b"}, "placeholder", id="a parameter's value that is no value"),
    ],
)
def test_a_mistake_is_told_before_anything_is_declared(config: dict[str, str], message: str) -> None:
    with pytest.raises(StoppedError, match=message):
        run_program(config)
