"""What people and accidents do to a running stack: the next preview names it, and `up` sets it right from the last retained state.

With FLINK_REVIEWS_NO_OPS the number of runs that must change nothing afterwards.
"""

import json
import os
import re
import signal

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from console.project import open_project
from embedded.control import ServiceControl
from embedded.specification import ServiceName
from flinksql.errors import FlinkSqlError
from tests.contract.bench import until
from tests.support.by_hand import ByHand, by_hand, said
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

NO_OPS = int(os.environ.get("FLINK_REVIEWS_NO_OPS", "2"))
FIRST, SECOND = "contexts", "summaries"
HANG_SECONDS = 60.0


def test_each_fault_is_named_by_the_next_preview_and_set_right_by_up(real_stack: ProjectCopy) -> None:
    person = _well(real_stack)
    _jobs_gone_with_their_cluster(real_stack, person)
    ServiceControl(open_project(real_stack.stack, real_stack.folder).settings().embedded).stop(ServiceName.MODEL_GATEWAY)
    _named(
        real_stack,
        f"Statement {FIRST} will be repaired: gone: The JobManager does not know the job",
        f"Statement {SECOND} will be repaired: gone",
        "model-gateway will be started again",
    )
    person.fail(FIRST)
    person.loop(SECOND)
    _named(
        real_stack,
        rf"Statement {FIRST} will be repaired: failed: .*Cannot find checkpoint or savepoint",
        rf"Statement {SECOND} is left to Flink's restart strategy: restarting: fails again and again at the same place: "
        "NumberFormatException",
    )
    person.cancel(SECOND)
    _repaired_from_their_checkpoints(real_stack, person)

    person = _well(real_stack)
    person.cancel(FIRST)
    person.cancel(SECOND)
    person.replace(SECOND)
    _topics_changed(str(real_stack.outputs()["kafkaBootstrap"]), deleted="product_review_rejected", shortened="product_review_summary")
    _named(
        real_stack,
        f"Statement {FIRST} will be repaired: cancelled",
        rf"Statement {SECOND} will be repaired: other: a job that this project did not submit runs under the name",
        "Topic product_review_rejected is gone, and its data with it",
        r"Topic product_review_summary was changed by hand: unset retention\.ms",
    )
    _repaired_from_their_checkpoints(real_stack, person)

    for _ in range(NO_OPS):
        end = json.loads(real_stack.succeed("up", "--json").output.splitlines()[-1])
        assert end["changed"] == 0, end


def _well(stack: ProjectCopy) -> ByHand:
    stack.succeed("up")
    person = by_hand(stack.outputs())
    person.checkpointed(FIRST, SECOND)
    return person


def _jobs_gone_with_their_cluster(stack: ProjectCopy, person: ByHand) -> None:
    services = stack.run("status", "--json").json()["services"]
    os.kill(next(int(one["processId"]) for one in services if one["name"] == "jobmanager"), signal.SIGKILL)
    until(lambda: _knows_nothing(person), seconds=HANG_SECONDS)


def _knows_nothing(person: ByHand) -> bool:
    try:
        return person.jobmanager.overview().slots_available > 0 and not person.jobmanager.jobs()
    except FlinkSqlError:
        return False


def _named(stack: ProjectCopy, *patterns: str) -> None:
    preview = stack.succeed("preview", "--json")
    told = said(preview.output)
    for pattern in patterns:
        assert re.search(pattern, told), f"{pattern!r} is not in:\n{told}"
    assert json.loads(preview.output.splitlines()[-1])["changed"] >= len(patterns)


def _repaired_from_their_checkpoints(stack: ProjectCopy, person: ByHand) -> None:
    told = said(stack.succeed("up", "--json").output)
    for name in (FIRST, SECOND):
        assert re.search(rf"Statement {name} goes on from file:\S*/{person.job_id(name)}/chk-\d+\.", told), told


def _topics_changed(bootstrap: str, *, deleted: str, shortened: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.delete_topics([deleted]).values():
        future.result(HANG_SECONDS)
    entry = ConfigEntry("retention.ms", "86400000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, shortened, incremental_configs=[entry])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(HANG_SECONDS)
    until(lambda: deleted not in admin.list_topics(timeout=HANG_SECONDS).topics, seconds=HANG_SECONDS)
