"""How many replicas a topic is made with where Strimzi runs Kafka, and that it can be written to with as many."""

from pathlib import Path

import pytest

from components.bundle_topics import topic_config, topic_replication
from flinksql.sql import Bundle, read_bundle
from platforms.registry import endpoints_of
from settings import Settings, parse_settings

NAMED = {"platform": "kubernetes", "kubernetes.context": "kind-kind"}
THREE = {**NAMED, "kafka.kind": "strimzi", "strimzi.nodes": "3"}


def bundle(folder: Path, replication: int) -> Bundle:
    (folder / "t.sql").write_text("CREATE TABLE t (id STRING) WITH ('connector' = 'kafka', 'topic' = 't')", encoding="utf-8")
    if replication:
        (folder / "bundle.yaml").write_text(f"topics:\n  t:\n    replication: {replication}\n", encoding="utf-8")
    return read_bundle(folder, {}, folder)


@pytest.mark.parametrize(
    ("given", "declared", "replicas", "insync"),
    [
        pytest.param(THREE, 0, 3, "", id="as many as hold for all"),
        pytest.param({**THREE, "strimzi.replication": "1"}, 0, 1, "", id="one for all of them"),
        pytest.param({**THREE, "topics.replication": "2"}, 0, 3, "", id="fewer than hold for all"),
        pytest.param({**THREE, "strimzi.nodes": "5", "topics.replication": "5"}, 0, 5, "", id="more than hold for all"),
        pytest.param(THREE, 2, 2, "", id="as many as must be in sync"),
        pytest.param(THREE, 1, 1, "1", id="fewer than must be in sync"),
        pytest.param({**NAMED, "kafka.kind": "single", "strimzi.nodes": "3"}, 0, 1, "", id="a broker of the stack's own"),
        pytest.param({"strimzi.nodes": "3", "kafka.kind": "strimzi"}, 0, 1, "", id="this machine"),
    ],
)
def test_replicas(tmp_path: Path, given: dict[str, str], declared: int, replicas: int, insync: str) -> None:
    settings: Settings = parse_settings(given)
    made = bundle(tmp_path, declared)
    where = endpoints_of(settings)
    assert topic_replication(settings, made, "t", least=where.replication) == replicas
    assert topic_config(settings, made, "t", insync=where.insync_replicas).get("min.insync.replicas", "") == insync
