"""Names that stacks share on one broker: refused where rows would be lost, remarked where only a lag is shown."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from components.endpoints import Endpoints
from components.shared_ids import shared_group_remarks, shared_id_problems
from flinksql.sql import Bundle, read_bundle

SHARED = Endpoints(
    kafka_bootstrap="k:1",
    kafka_from_here="k:1",
    gateway_url="",
    jobmanager_url="",
    model_url="",
    checkpoints_folder="",
    is_own_broker=False,
)
OWN = Endpoints(kafka_bootstrap="k:1", kafka_from_here="k:1", gateway_url="", jobmanager_url="", model_url="", checkpoints_folder="")
SINK = "CREATE TABLE snk (id BIGINT) WITH ('connector' = 'blackhole');\n"
COPY = "INSERT INTO snk SELECT id FROM src;\n"
VALUES = {"job_name": "flink-reviews/stack/statement", "group": "set-by-the-stack"}


def bundle(folder: Path, options: Mapping[str, str], hint: str = "") -> Bundle:
    given = {"connector": "kafka", "topic": "t", "properties.bootstrap.servers": "k:1", "format": "json", **options}
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in given.items())
    (folder / "src.sql").write_text(f"CREATE TABLE src (id BIGINT) WITH ({listed});\n", encoding="utf-8")
    (folder / "snk.sql").write_text(SINK, encoding="utf-8")
    (folder / "copy.sql").write_text(COPY.replace(";", f"{hint};"), encoding="utf-8")
    return read_bundle(folder, VALUES, folder)


GROUP, STARTUP = "properties.group.id", "scan.startup.mode"
EARLIEST = {STARTUP: "earliest-offset"}


@pytest.mark.parametrize(
    ("options", "hint", "refused", "remarked"),
    [
        pytest.param({GROUP: "orders"}, "", True, False, id="a literal group whose offsets count"),
        pytest.param({GROUP: "orders", STARTUP: "group-offsets"}, "", True, False, id="said in so many words"),
        pytest.param({GROUP: "orders", **EARLIEST}, "", False, True, id="a literal group that only shows"),
        pytest.param({GROUP: "${job_name}"}, "", False, False, id="the job's own"),
        pytest.param({GROUP: "${group}"}, "", False, False, id="a group that the stack names"),
        pytest.param({GROUP: "${job_name}/orders", **EARLIEST}, "", False, False, id="begins with the job's name"),
        pytest.param(EARLIEST, "", False, False, id="no group"),
        pytest.param({GROUP: "${job_name}"}, " /*+ OPTIONS('properties.group.id' = 'orders') */", True, False, id="a literal in a hint"),
        pytest.param({GROUP: "orders", "properties.bootstrap.servers": "other:1"}, "", False, False, id="another broker"),
        pytest.param({GROUP: "orders", "scan.startup.mode": "timestamp"}, "", False, True, id="from a time"),
    ],
)
def test_a_group_that_every_stack_would_share(tmp_path: Path, options: dict[str, str], hint: str, refused: bool, remarked: bool) -> None:
    found = bundle(tmp_path, options, hint)
    problems = shared_id_problems(found, SHARED)
    assert bool(problems) is refused
    assert bool(shared_group_remarks(found, SHARED)) is remarked
    for problem in problems:
        assert problem.position is not None
        assert "begins where consumer group orders stopped" in str(problem)
    assert shared_id_problems(found, OWN) == []
    assert shared_group_remarks(found, OWN) == []


def test_a_remark_names_the_place(tmp_path: Path) -> None:
    [remark] = shared_group_remarks(bundle(tmp_path, {GROUP: "orders", **EARLIEST}), SHARED)
    assert remark.startswith("src.sql:1:")
    assert "'properties.group.id' = '${job_name}'" in remark
