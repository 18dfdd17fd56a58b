"""What a promotion changes, as values and as lines: SQL, prompts, values, settings without secrets, images, versions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.names import PIPELINE_TYPE, STATEMENT_TYPE
from components.providers.definitions import plain_definition
from components.stack_state import IDENTITY_TYPE
from console.comment.plan import Change, Plan, read_plan
from console.project import Project
from console.promotion.difference import Changed, Difference, StackOnBackend, difference
from console.promotion.show import lines
from flinksql.sql import Bundle, read_bundle
from platforms.state import Resource, StackState

DIGESTS = {"flink": f"sha256:{'a' * 64}", "modelGateway": f"sha256:{'b' * 64}"}
FILES = {
    "src.sql": "CREATE TABLE src (id BIGINT) WITH ('connector' = '${kind}');\n",
    "snk.sql": "CREATE TABLE snk (id BIGINT) WITH ('connector' = 'blackhole', 'x' = '${prompt_ask}');\n",
    "copy.sql": "INSERT INTO snk SELECT id FROM src;\n",
    "ask.txt": "Say it.",
    "bundle.yaml": "prompts: {ask: {text: ask.txt}}\n",
}


def bundle(folder: Path, **changes: str) -> Bundle:
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, **{key.replace("__", "."): value for key, value in changes.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_bundle(folder, {"kind": "datagen"}, folder.parent)


def project(stack: str, secrets: frozenset[str] = frozenset(), **values: str) -> Project:
    given = {**{key.replace("__", "."): value for key, value in values.items()}, **dict.fromkeys(secrets, "[secret]")}
    return Project(root=Path("/nowhere"), stack=stack, data_folder=Path("/nowhere/.data"), values=given, secrets=secrets)


def resource(kind: str, name: str, outputs: Mapping[str, Any] | None = None, inputs: Mapping[str, Any] | None = None) -> Resource:
    return Resource(urn=f"urn:pulumi:s::p::{kind}::{name}", kind=kind, custom=True, outputs=outputs or {}, inputs=inputs or {})


def state(made: Bundle, *more: Resource, **outputs: Any) -> StackState:  # noqa: ANN401  # of a stack
    definitions = [made.definition(one.name, f"p/s/{one.name}") for one in made.statements]
    statements = [resource(STATEMENT_TYPE, one.name, plain_definition(one)) for one in definitions]
    return StackState(resources=(*statements, *more), outputs={"flinkLine": "2.2", **outputs})


def found(source: StackOnBackend, target: StackOnBackend, tree: Bundle) -> Difference:
    return difference(source, target, tree, {one.name: tree.definition(one.name, f"p/t/{one.name}") for one in tree.statements})


def test_sql_and_prompts_are_compared_with_what_is_deployed(tmp_path: Path) -> None:
    folder = tmp_path / "ids"
    before = bundle(folder)
    deployed = state(before)
    tree = bundle(folder, copy__sql="INSERT INTO snk SELECT id + 1 FROM src;\n", ask__txt="Say more.")
    dev = state(tree, resource(PIPELINE_TYPE, "pipeline", {"bundle": "ids", "hash": tree.hash}))
    shown = found(StackOnBackend(project=project("dev"), state=dev), StackOnBackend(project=project("staging"), state=deployed), tree)
    assert {one.path: (one.added, one.removed) for one in shown.files} == {"ids/copy.sql": (1, 1), "prompt ask": (1, 1)}
    assert "+INSERT INTO snk SELECT id + 1 FROM src;" in shown.files[0].text
    assert shown.runs == shown.version == f"ids ({tree.hash[:12]})"
    assert shown.parameters == []


def test_the_first_promotion_adds_everything(tmp_path: Path) -> None:
    tree = bundle(tmp_path / "ids")
    shown = found(StackOnBackend(project=project("dev"), state=None), StackOnBackend(project=project("staging"), state=None), tree)
    assert {one.path for one in shown.files} == {"ids/copy.sql", "ids/snk.sql", "ids/src.sql", "prompt ask"}
    assert all(one.removed == 0 for one in shown.files)
    assert (shown.runs, shown.before) == ("", None)


def test_settings_are_compared_and_secrets_are_not(tmp_path: Path) -> None:
    tree = bundle(tmp_path / "ids")
    keys = frozenset({"secret.both", "secret.there"})
    dev = project("dev", keys, flink__parallelism="1", topics__partitions="4", approve="c1")
    staging = project("staging", frozenset({"secret.both"}), flink__parallelism="3", promotion__from="dev")
    shown = found(StackOnBackend(project=dev, state=None), StackOnBackend(project=staging, state=None), tree)
    assert [(one.name, one.before, one.after) for one in shown.settings] == [
        ("flink.parallelism", "1", "3"),
        ("secret.both", "a secret, not compared", "a secret, not compared"),
        ("secret.there", "a secret, not compared", ""),
        ("topics.partitions", "4", "2"),
    ]


def test_images_and_definitions_are_named_by_digest_and_version(tmp_path: Path) -> None:
    tree = bundle(tmp_path / "ids")
    contract = {"contractVersion": 1, "bundle": "ids", "bundleHash": tree.hash, "flinkLine": "2.2"}
    operator = "pulumi-python:dynamic/kubernetes:CustomResourceDefinition"
    dev = state(tree, resource(operator, "deployments", inputs={"version": "1.15.0"}), promotion={**contract, "images": DIGESTS})
    older = {
        "stack": "dev",
        "at": "2026-01-01T10:00:00Z",
        "by": "ann@here",
        **contract,
        "images": {**DIGESTS, "flink": f"sha256:{'c' * 64}"},
    }
    identity = resource(IDENTITY_TYPE, "identity", {"promotions": [older]})
    staging = state(tree, identity, resource(operator, "deployments", inputs={"version": "1.14.0"}))
    shown = found(StackOnBackend(project=project("dev"), state=dev), StackOnBackend(project=project("staging"), state=staging), tree)
    assert [one.name for one in shown.images] == ["flink"]
    assert shown.images[0].before.startswith("sha256:ccc")
    assert shown.versions == [Changed(name="deployments", before="1.14.0", after="1.15.0")]
    assert str(shown.before) == f"promoted from dev at ids ({tree.hash[:12]})"


@pytest.fixture
def difference_shown(tmp_path: Path) -> Difference:
    folder = tmp_path / "ids"
    deployed = state(bundle(folder))
    tree = bundle(folder, copy__sql="INSERT INTO snk SELECT id + 1 FROM src;\n")
    here, there = (
        StackOnBackend(project=project("staging", ports__kafka="29092", ports__flinkUi="29082"), state=deployed),
        StackOnBackend(project=project("dev"), state=deployed),
    )
    return found(there, here, tree)


def test_people_read_the_verdict_beside_each_statement(difference_shown: Difference) -> None:
    plan = Plan(
        changes=[
            Change(kind="statement", name="copy", operation="update", verdict="keeps state"),
            Change(kind="topic", name="t", operation="create"),
        ],
        forecasts=["copy reads 3 records again"],
    )
    said = list(lines(difference_shown, plan))
    assert said[0].startswith("Promotion from dev to staging: ids (")
    assert "  staging was promoted from no stage yet" in said
    assert "ids/copy.sql (+1 -1)" in said
    assert "  copy: to update, keeps state" in said
    assert "  2 ports differ" in said
    assert not any("ports.kafka" in one for one in said)
    assert "Cost: copy reads 3 records again" in said
    assert not any("t: to create" in one for one in said)


def test_its_events_are_read_back_for_the_comment(difference_shown: Difference) -> None:
    plan = read_plan(json.dumps(one) for one in difference_shown.events())
    assert plan.diffs == list(difference_shown.files)
