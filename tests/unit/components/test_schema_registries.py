"""Sinks whose schema the stack's registry refuses are told at preview with their place; asking registers nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from components.schema_registries import judged_sinks
from flinksql.errors import BundleError
from flinksql.sql import Bundle
from settings import Settings, parse_settings
from tests.fakes.schema_registry import schema_registry

SOURCE = "CREATE TABLE s (id STRING) WITH ('connector' = 'datagen')"
JOB = "INSERT INTO t (id) SELECT id FROM s"
SINK = """CREATE TABLE t (
    id STRING,
    n INT{null}
) WITH (
    'connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'format' = 'avro-confluent',
    'avro-confluent.url' = '{url}', 'avro-confluent.basic-auth.credentials-source' = 'USER_INFO',
    'avro-confluent.basic-auth.user-info' = '${{secret:schema_registry}}'
);
"""
OLD = {
    "type": "record",
    "name": "org.apache.flink.avro.generated.record",
    "fields": [{"name": "id", "type": ["null", "string"], "default": None}],
}


def bundle(
    folder: Path, registry: str, null: str = "", url: str = "${schema_registry_url}"
) -> tuple[Bundle, Settings, Callable[[str], str]]:
    for name, text in {"s": SOURCE, "t": SINK.format(null=null, url=url), "job": JOB}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    given = {"bundle": str(folder), "secret.schema_registry": "u:p", **({"schemaRegistry.url": registry} if registry else {})}
    settings = parse_settings(given, secret=lambda key: given.get(key, ""))
    return load_bundle(settings, embedded_endpoints(settings)), settings, lambda name: settings.secret(f"secret.{name}")


def test_a_compatible_schema_passes_and_asking_registers_nothing(tmp_path: Path) -> None:
    with schema_registry("u:p") as registry:
        registry.answer("POST", "/subjects/x-value/versions", {"schema": json.dumps(OLD)})
        found = judged_sinks(*bundle(tmp_path, registry.url))
        assert (found.problems, found.remarks) == ([], [])
        assert registry.subjects == {"x-value": [1]}


def test_a_schema_that_is_refused_is_told_where_the_table_names_the_registry(tmp_path: Path) -> None:
    with schema_registry("u:p") as registry:
        registry.answer("POST", "/subjects/x-value/versions", {"schema": json.dumps(OLD)})
        [problem] = judged_sinks(*bundle(tmp_path, registry.url, " NOT NULL")).problems
    text = str(problem)
    assert "the schema registry refuses the schema of t for subject x-value, so job job would fail at its first row" in text
    assert "READER_FIELD_MISSING_DEFAULT_VALUE /n" in text
    assert problem.position is not None
    assert (Path(problem.position.file).name, problem.position.line) == ("t.sql", 6)


def test_a_subject_without_versions_takes_any_schema(tmp_path: Path) -> None:
    with schema_registry("u:p") as registry:
        assert judged_sinks(*bundle(tmp_path, registry.url, " NOT NULL")).problems == []


def test_a_registry_that_is_not_the_stacks_is_not_asked(tmp_path: Path) -> None:
    with schema_registry("u:p") as registry:
        found = judged_sinks(*bundle(tmp_path, registry.url, url="http://127.0.0.1:1"))
        assert (found.problems, found.remarks, registry.calls) == ([], [], [])


def test_where_the_registry_does_not_answer_it_is_remarked(tmp_path: Path) -> None:
    [remark] = judged_sinks(*bundle(tmp_path, "http://127.0.0.1:9")).remarks
    assert remark.startswith("the schema registry at http://127.0.0.1:9 does not answer: ConnectionError. Whether it takes the schemas")


def test_a_stack_without_a_registry_is_told_where_one_is_needed(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as refused:
        bundle(tmp_path, "")
    [problem] = refused.value.problems
    assert "this stack names no schema registry for ${schema_registry_url}: `pulumi config set schemaRegistry.url" in problem.problem
    assert problem.position is not None
    assert (problem.position.line, problem.position.column) == (6, SINK.format(null="", url="${").splitlines()[5].index("${") + 1)


def test_a_password_that_flink_would_not_send_is_told(tmp_path: Path) -> None:
    """Flink looks for it elsewhere, and the registry answers 401 to the running job."""
    sink = SINK.format(null="", url="http://127.0.0.1:1").replace(" 'avro-confluent.basic-auth.credentials-source' = 'USER_INFO',", "")
    for name, text in {"s": SOURCE, "t": sink, "job": JOB}.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    settings = parse_settings({"bundle": str(tmp_path), "secret.schema_registry": "u:p"})
    with pytest.raises(BundleError) as refused:
        load_bundle(settings, embedded_endpoints(settings))
    [problem] = refused.value.problems
    assert "add 'avro-confluent.basic-auth.credentials-source' = 'USER_INFO'" in problem.problem
    assert problem.position is not None
    assert (Path(problem.position.file).name, problem.position.line) == ("t.sql", 7)
