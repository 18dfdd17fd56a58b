"""Statements on a Flink that somebody else started by hand, behind a proxy that speaks TLS and asks for a password."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.contract.bench import until
from tests.fakes.tls_proxy import TlsProxy, tls_proxy
from tests.support.foreign_flink import ForeignFlink, foreign_flink
from tests.support.kafka import read_json, send
from tests.support.plain import in_the_environment_of
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

IN = """CREATE TABLE orders (id BIGINT, amount BIGINT) WITH (
    'connector' = 'kafka', 'topic' = '${topic_prefix}orders', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'properties.group.id' = '${job_name}', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);
"""
OUT = """CREATE TABLE totals (amount BIGINT, orders BIGINT, PRIMARY KEY (amount) NOT ENFORCED) WITH (
    'connector' = 'upsert-kafka', 'topic' = '${topic_prefix}totals', 'properties.bootstrap.servers' = '${kafka_bootstrap}',
    'key.format' = 'json', 'value.format' = 'json'
);
"""
COUNT = "INSERT INTO totals SELECT amount, COUNT(*) FROM orders GROUP BY amount;\n"
NAME = "flink-reviews/local/count"
FILES = {"orders.sql": IN, "totals.sql": OUT, "count.sql": COUNT}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Somebody else's Flink, the proxy before it, and a stack that runs a bundle there."""

    flink: ForeignFlink
    proxy: TlsProxy
    copy: ProjectCopy

    def secret(self, key: str, value: str) -> None:
        """Set a secret of the stack as a person does."""
        found = self.copy.run("toolchain")
        assert found.code == 0, found.said
        _pulumi(self.copy, "config", "set", "--secret", key, value)


def _pulumi(copy: ProjectCopy, *arguments: str) -> str:
    finished = in_the_environment_of(copy, *arguments)
    assert finished.code == 0, finished.said
    return finished.said


def set_bundle(copy: ProjectCopy, **files: str) -> None:
    folder = copy.folder.parent / "bundle"
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, **{f"{key}.sql": text for key, text in files.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("external")
    folder = root / "project"
    folder.mkdir()
    with (
        foreign_flink(root / "theirs") as flink,
        tls_proxy(root, {"gateway": flink.gateway_url, "jobmanager": flink.jobmanager_url}) as proxy,
    ):
        copy = ProjectCopy(folder)
        copy.configure(
            platform="external",
            bundle=str(root / "bundle"),
            external__gatewayUrl=f"{proxy.url}/gateway",
            external__jobManagerUrl=f"{proxy.url}/jobmanager",
            external__kafkaBootstrap=flink.kafka,
            external__caFile=str(proxy.authority),
            external__user=proxy.user,
            # Without Flink's filesystem connector, which this one lacks, the gateway cannot read a compiled plan back.
            external__plansFolder=str(flink.settings.folder.plans),
            flink__checkpointIntervalSeconds=2,
            topics__deleteOnDestroy=True,
        )
        set_bundle(copy)
        yield Place(flink=flink, proxy=proxy, copy=copy)


def counted(place: Place) -> dict[int, int]:
    """Return the newest count of each amount."""
    return {row["amount"]: row["orders"] for row in read_json(place.flink.kafka, "totals")}


def feed(place: Place, amounts: list[int]) -> None:
    send(place.flink.kafka, [json.dumps({"id": number, "amount": one}).encode() for number, one in enumerate(amounts)], "orders")


def state_holds(place: Place, text: str) -> bool:
    files = [one for one in (*place.copy.state.rglob("*"), *(place.copy.folder / ".data").rglob("logs/*")) if one.is_file()]
    return any(text.encode() in one.read_bytes() for one in files)


def statement(place: Place) -> str:
    """Return the id of the stack's job."""
    return place.flink.alive()[NAME]


def gone(place: Place) -> None:
    until(lambda: NAME not in place.flink.alive())


def settled(place: Place, expected: dict[int, int]) -> None:
    until(lambda: counted(place) == expected, seconds=180)


def test_a_life_on_a_flink_of_somebody_else(place: Place) -> None:
    theirs = place.flink.start_by_hand("nightly report")
    wrong_credentials_are_told(place)
    a_job_of_the_same_name_is_left(place)
    is_checked_before(place)
    place.copy.succeed("up")
    goes_on_unchanged(place)
    is_looked_at(place)
    is_changed_with_a_savepoint(place)
    is_brought_back(place)
    assert place.proxy.refused > 0
    assert not state_holds(place, place.proxy.password)
    down = place.copy.succeed("down").said
    assert "other jobs and other topics are as they were" in down, down
    assert place.flink.alive() == {"nightly report": theirs}


def wrong_credentials_are_told(place: Place) -> None:
    place.secret("external.password", "a wrong one")
    refused = place.copy.run("preview").said
    assert "HTTP 401" in refused, refused
    assert "external.password" in refused
    assert "a wrong one" not in refused
    place.secret("external.password", place.proxy.password)


def a_job_of_the_same_name_is_left(place: Place) -> None:
    namesake = place.flink.start_by_hand(NAME)
    refused = place.copy.run("preview").said
    assert f"job {namesake} runs under the name {NAME}" in refused, refused
    assert statement(place) == namesake
    place.flink.jobmanager.cancel(namesake)
    gone(place)


def is_checked_before(place: Place) -> None:
    doctor = place.copy.run("doctor").said
    assert "2.2.1 at" in doctor, doctor
    assert "has every connector and format" in doctor, doctor
    place.copy.succeed("preview")
    assert set(place.flink.alive()) == {"nightly report"}


def goes_on_unchanged(place: Place) -> None:
    first = statement(place)
    feed(place, [5, 5, 7])
    settled(place, {5: 2, 7: 1})
    place.copy.succeed("up")
    assert statement(place) == first


def is_looked_at(place: Place) -> None:
    status = place.copy.run("status", "--json")
    assert status.code == 0, status.said
    assert {one["state"] for one in status.json()["services"]} == {"ANSWERS"}
    assert "not reachable from here" in place.copy.run("logs").said


def is_changed_with_a_savepoint(place: Place) -> None:
    first = statement(place)
    set_bundle(place.copy, count=COUNT.replace("COUNT(*)", "COUNT(*) AS orders"))
    changed = place.copy.run("up")
    assert changed.code == 0, changed.said
    restored = place.flink.jobmanager.checkpoints(statement(place)).latest.restored
    assert statement(place) != first
    assert "savepoint" in ((restored.external_path if restored else None) or "")
    feed(place, [7])
    settled(place, {5: 2, 7: 2})


def is_brought_back(place: Place) -> None:
    """The job was ended behind the stack's back: `preview` says so, and `up` restores it."""
    place.flink.jobmanager.cancel(statement(place))
    gone(place)
    assert "count" in place.copy.succeed("preview").said
    place.copy.succeed("up")
    feed(place, [9])
    settled(place, {5: 2, 7: 2, 9: 1})
