"""Topics of somebody else on a real broker: named before anything, used as they are, and there after the stack is gone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from embedded.control import ServiceControl
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.ownership import OWNERS
from flinksql.kafka.topic import Topic
from settings import parse_settings
from tests.support.kafka import send
from tests.support.project import NAMESPACE, ProjectCopy, project_copy

pytestmark = pytest.mark.real

COMPACTED = Topic(name="product_reviews", partitions=3, config={"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"})
KEPT = Topic(name="product_review_rejected", partitions=1, config={"retention.ms": "-1"})
ELSEWHERE = """CREATE TABLE somewhere_else (id STRING) WITH (
    'connector' = 'kafka',
    'topic' = 'on_another_broker',
    'properties.bootstrap.servers' = 'broker.example.com:9092',
    'properties.group.id' = '${job_name}',
    'format' = 'json'
);
"""
CHANGELOG = """CREATE TABLE newest (id STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka',
    'topic' = '${topic_prefix}newest',
    'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'key.format' = 'raw',
    'value.format' = 'json'
);
"""


def settings_of(copy: ProjectCopy) -> EmbeddedSettings:
    config = yaml.safe_load((copy.folder / f"Pulumi.{copy.stack}.yaml").read_text(encoding="utf-8"))["config"]
    values = {key.removeprefix(NAMESPACE): str(value) for key, value in config.items()}
    return parse_settings(values, project_folder=copy.folder).embedded


@contextmanager
def broker(copy: ProjectCopy) -> Iterator[TopicAdmin]:
    """Run the stack's broker alone, as it is left by a stack that is down."""
    settings = settings_of(copy)
    control = ServiceControl(settings)
    control.start(ServiceName.KAFKA)
    try:
        yield TopicAdmin(f"127.0.0.1:{settings.ports.kafka}")
    finally:
        control.shutdown()


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[ProjectCopy]:
    folder = tmp_path / "project"
    folder.mkdir()
    with project_copy(folder, bundle__parameters__window_seconds=5, flink__checkpointIntervalSeconds=5) as one:
        (folder / "sql" / "reviews" / "somewhere_else.sql").write_text(ELSEWHERE, encoding="utf-8")
        (folder / "sql" / "reviews" / "newest.sql").write_text(CHANGELOG, encoding="utf-8")
        yield one


def found(admin: TopicAdmin) -> list[Topic | None]:
    return [admin.describe(one.name) for one in (COMPACTED, KEPT)]


def test_foreign_topics_are_named_used_and_left(copy: ProjectCopy) -> None:
    with broker(copy) as admin:
        for one in (COMPACTED, KEPT):
            admin.apply(one)
        send(f"127.0.0.1:{settings_of(copy).ports.kafka}", [b"not a review"])
        theirs = found(admin)
        preview = copy.succeed("preview").said
        assert "Topic product_reviews is there and was not made by this stack: it is used as it is and left alone" in preview
        assert "(3 partitions, replication 1, cleanup.policy=compact, message.timestamp.type=LogAppendTime)" in preview
        assert "Topic product_review_rejected is there" in preview
        assert "on_another_broker" not in preview
        assert found(admin) == theirs
    copy.succeed("up")
    with_stack = TopicAdmin(f"127.0.0.1:{settings_of(copy).ports.kafka}")
    assert found(with_stack) == theirs
    assert with_stack.describe("on_another_broker") is None
    newest = with_stack.describe("newest")
    assert newest is not None
    assert newest.config == {"cleanup.policy": "compact"}
    again = copy.succeed("up").said
    assert "nothing changed" in again
    down = copy.succeed("down").said
    assert "Topic product_reviews and its data are left: this stack did not make it" in down
    with broker(copy) as admin:
        assert found(admin) == theirs
        assert [one and one.topic_id for one in found(admin)] == [one and one.topic_id for one in theirs]
        assert admin.describe("newest") is None, "what the stack made goes with it"
        assert admin.describe("product_review_summary") is None
        assert admin.describe(OWNERS) is not None


@pytest.mark.skipif(
    not os.environ.get("FLINK_REVIEWS_FOREIGN_TOPICS"), reason="a stack more: FLINK_REVIEWS_FOREIGN_TOPICS=1; the rule has a unit test"
)
def test_a_folder_with_topics_of_others_is_not_removed_when_no_broker_ran(copy: ProjectCopy) -> None:
    with broker(copy) as admin:
        admin.apply(KEPT)
    copy.succeed("up")
    control = ServiceControl(settings_of(copy))
    control.shutdown()
    down = copy.run("down").said
    assert "could not be deleted, because no broker ran" in down
    with broker(copy) as admin:
        assert admin.describe(KEPT.name) == KEPT
