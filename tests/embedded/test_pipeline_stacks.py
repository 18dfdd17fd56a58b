"""Two pipeline stacks on one platform stack: each lives its own life on one Flink and one Kafka, and the platform outlives both.

FLINK_REVIEWS_NEIGHBOURS=3 kills TaskManager and JobManager that often while both stacks write in transactions.
"""

import os
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from tests.contract.bench import until
from tests.support.plain import PlainPulumi, in_the_environment_of
from tests.support.platform_stack import COPY, PlatformStack, arrived, feed, platform_stack
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("FLINK_REVIEWS_NEIGHBOURS", "0"))
HANG_SECONDS = 300.0
RECORDS = 2_000


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformStack]:
    folder = tmp_path_factory.mktemp("platform") / "project"
    folder.mkdir()
    with platform_stack(folder) as made:
        yield made


def bootstrap_of(platform: PlatformStack) -> str:
    return str(platform.stack.outputs()["kafkaBootstrap"])


def settled(bootstrap: str, expected: dict[str, range]) -> None:
    """Return when each topic has its ids once; fail with what is missing or there twice."""
    for topic, ids in expected.items():
        until(partial(_has, bootstrap, topic, len(ids)), seconds=HANG_SECONDS)
        found = arrived(bootstrap, topic)
        assert found == list(ids), f"{topic}: {len(found)} of {len(ids)}, {len(found) - len(set(found))} twice"


def _has(bootstrap: str, topic: str, count: int) -> bool:
    return len(arrived(bootstrap, topic)) >= count


def test_each_lives_its_own_life_and_the_platform_outlives_both(platform: PlatformStack) -> None:
    bootstrap = bootstrap_of(platform)
    first, second = platform.pipeline("first"), platform.pipeline("second")
    first.succeed("up")
    up_by_plain_pulumi(platform, "second")
    before = platform.alive()
    assert set(before) == {"flink-reviews/first/copy", "flink-reviews/second/copy"}
    for name in ("first", "second"):
        feed(bootstrap, f"{name}.orders", range(50))
    settled(bootstrap, {"first.copied": range(50), "second.copied": range(50)})

    changed(first, platform)
    after = platform.alive()
    assert after["flink-reviews/first/copy"] != before["flink-reviews/first/copy"]
    assert after["flink-reviews/second/copy"] == before["flink-reviews/second/copy"]

    refused(platform)
    assert platform.alive() == after

    second.succeed("down")
    assert platform.alive() == {"flink-reviews/first/copy": after["flink-reviews/first/copy"]}
    feed(bootstrap, "first.orders", range(50, 60))
    settled(bootstrap, {"first.copied": range(60)})
    first.succeed("down")
    assert platform.alive() == {}


def up_by_plain_pulumi(platform: PlatformStack, name: str) -> None:
    """Bring a pipeline up without the console: the program itself asks the engine what the platform stack says."""
    # test_plain_pulumi.py has the language host make one: that installs every package, for a minute of processor time.
    (platform.stack.folder / ".venv").symlink_to(sys.prefix)
    pulumi = PlainPulumi(platform.stack.folder, platform.bundle.with_name("home"))
    pulumi.environment["PULUMI_CONFIG_PASSPHRASE"] = platform.stack.environment["PULUMI_CONFIG_PASSPHRASE"]
    pulumi.succeed("stack", "init", name)
    pulumi.succeed("up", "--yes", "--skip-preview", "--stack", name)


def changed(stack: ProjectCopy, platform: PlatformStack) -> None:
    """Change the first stack's own bundle: a copy of the shared one, under a path of its own."""
    own = platform.bundle.with_name("changed")
    own.mkdir()
    for file in platform.bundle.glob("*.sql"):
        (own / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (own / "copy.sql").write_text(COPY.replace("SELECT id", "SELECT id AS id"), encoding="utf-8")
    stack.configure(bundle=str(own))
    up = stack.run("up")
    assert up.code == 0, up.said


def refused(platform: PlatformStack) -> None:
    """The platform names the jobs and keeps everything."""
    down = platform.stack.run("down")
    assert down.code != 0
    assert "2 jobs run on this platform" in down.said, down.said
    assert "flink-reviews/first/copy, flink-reviews/second/copy" in down.said
    plain = in_the_environment_of(platform.stack, "destroy", "--yes", "--skip-preview", "--stack", "platform")
    assert plain.code != 0
    assert "2 jobs run on this platform" in plain.said, plain.said
    # `status` says that the last run failed, which is so; every service runs.
    assert _answers(platform)


@pytest.mark.skipif(not ROUNDS, reason="FLINK_REVIEWS_NEIGHBOURS is not set")
def test_neighbours_that_write_in_transactions_do_not_fence_each_other(platform: PlatformStack) -> None:
    bootstrap = bootstrap_of(platform)
    stacks = [platform.pipeline(name) for name in ("left", "right")]
    for stack in stacks:
        stack.succeed("up")
    sent = 0
    for _ in range(ROUNDS):
        for stack in stacks:
            feed(bootstrap, f"{stack.stack}.orders", range(sent, sent + RECORDS))
        platform.kill("taskmanager", "jobmanager")
        sent += RECORDS
        for stack in stacks:
            feed(bootstrap, f"{stack.stack}.orders", range(sent, sent + RECORDS))
        sent += RECORDS
        until(lambda: _answers(platform), seconds=HANG_SECONDS)
        for stack in stacks:
            stack.succeed("up")
        settled(bootstrap, {f"{stack.stack}.copied": range(sent) for stack in stacks})
    for name, job_id in platform.alive().items():
        said = " ".join(entry.stacktrace for entry in platform.jobmanager.failures(job_id))
        assert "ProducerFenced" not in said, name
        assert "InvalidProducerEpoch" not in said, name
    print(f"\n{ROUNDS} rounds of kills, {sent} records in each of 2 topics, {sent} committed in each, none twice, nobody fenced")
    for stack in stacks:
        stack.succeed("down")


def _answers(platform: PlatformStack) -> bool:
    status = platform.stack.run("status", "--json")
    return bool(status.output.strip()) and all(one["ready"] for one in status.json()["services"])
