"""How a table is made to end, and which one is refused because nobody knows how."""

from collections.abc import Mapping

import pytest

from flinksql.data_checks.bounded import EndlessTableError, bounding_options, records_in
from flinksql.data_checks.files import EVERYTHING
from flinksql.diagnosis.snapshot import Partition

KAFKA = {"connector": "kafka", "topic": "payments"}
UPSERT = {"connector": "upsert-kafka", "topic": "payments"}
QUIET = {"properties.group.id", "properties.commit.offsets.on.checkpoint", "properties.enable.auto.commit", "properties.isolation.level"}


def partitions(_topic: str) -> Mapping[int, Partition]:
    # A transaction is open in the second one.
    return {0: Partition(begin=5, end=100, stable=100), 1: Partition(begin=0, end=9, stable=7)}


def offsets(options: Mapping[str, str]) -> tuple[str, str]:
    return options["scan.startup.specific-offsets"], options["scan.bounded.specific-offsets"]


def test_a_sample_begins_before_the_last_stable_record_and_ends_there() -> None:
    found = bounding_options(KAFKA, 10, partitions)
    assert offsets(found) == ("partition:0,offset:90;partition:1,offset:0", "partition:0,offset:100;partition:1,offset:7")
    assert found["properties.isolation.level"] == "read_committed"
    assert records_in(KAFKA, 10, partitions) == 17


def test_everything_begins_where_the_topic_does() -> None:
    assert offsets(bounding_options(KAFKA, EVERYTHING, partitions))[0] == "partition:0,offset:5;partition:1,offset:0"
    assert records_in(KAFKA, EVERYTHING, partitions) == 102


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"connector": "kafka", "topic": "a;b"}, id="several topics"),
        pytest.param({"connector": "kafka", "topic-pattern": "a.*"}, id="a pattern"),
    ],
)
def test_more_than_one_topic_is_read_whole(options: Mapping[str, str]) -> None:
    found = bounding_options(options, 10, partitions)
    assert (found["scan.startup.mode"], found["scan.bounded.mode"]) == ("earliest-offset", "latest-offset")


def test_a_broker_that_cannot_be_asked_leaves_it_to_flink() -> None:
    found = bounding_options(KAFKA, 10, lambda _topic: None)
    assert (found["scan.startup.mode"], found["scan.bounded.mode"]) == ("earliest-offset", "latest-offset")
    assert records_in(KAFKA, 10, lambda _topic: None) is None


def test_a_table_of_keys_is_read_whole_without_options_that_it_does_not_know() -> None:
    assert bounding_options(UPSERT, 10, partitions).keys() == {*QUIET, "scan.bounded.mode"}
    assert records_in(UPSERT, 10, partitions) == 102


def test_nothing_is_committed_and_no_group_of_the_pipeline_is_used() -> None:
    found = bounding_options({**KAFKA, "properties.group.id": "the pipeline"}, 10, partitions)
    assert found["properties.group.id"] == "flink-reviews-check"
    assert found["properties.commit.offsets.on.checkpoint"] == found["properties.enable.auto.commit"] == "false"


def test_files_end_by_themselves() -> None:
    assert bounding_options({"connector": "filesystem", "path": "/a"}, 10, partitions) == {}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"connector": "datagen"}, id="made up"),
        pytest.param({"connector": "filesystem", "path": "/a", "source.monitor-interval": "1 s"}, id="files as they come"),
        pytest.param({"connector": "print"}, id="nothing to read"),
        pytest.param({}, id="no connector"),
    ],
)
def test_what_may_have_no_end_is_refused(options: Mapping[str, str]) -> None:
    with pytest.raises(EndlessTableError, match="its connector is "):
        bounding_options(options, 10, partitions)
