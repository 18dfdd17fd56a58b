"""State on an object store outlives the cluster: the Flink is deleted with its disks, another one goes on from a savepoint of before."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.bench import until
from tests.embedded.test_external_flink import COUNT, FILES
from tests.support.foreign_flink import ForeignFlink, foreign_flink
from tests.support.kafka import read_json, send
from tests.support.object_store import ObjectStore, object_store
from tests.support.project import ProjectCopy

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A broker and an object store that outlive Flinks, and a stack that runs a bundle."""

    broker: str
    store: ObjectStore
    copy: ProjectCopy
    root: Path

    def on(self, flink: ForeignFlink) -> None:
        """Have the stack run on a Flink."""
        self.copy.configure(external__gatewayUrl=flink.gateway_url, external__jobManagerUrl=flink.jobmanager_url)

    def feed(self, *amounts: int) -> None:
        send(self.broker, [json.dumps({"id": number, "amount": one}).encode() for number, one in enumerate(amounts)], "orders")

    def counts(self, expected: dict[int, int]) -> None:
        """Wait until the newest count of each amount is what is expected."""
        until(lambda: self._counted() == expected, seconds=180)

    def _counted(self) -> dict[int, int]:
        return {row["amount"]: row["orders"] for row in read_json(self.broker, "totals")}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    bundle, folder = tmp_path / "bundle", tmp_path / "project"
    for one in (bundle, folder):
        one.mkdir()
    for name, text in FILES.items():
        (bundle / name).write_text(text, encoding="utf-8")
    with object_store() as store, foreign_flink(tmp_path / "kafka", flink=False) as kafka:
        copy = ProjectCopy(folder)
        copy.configure(
            platform="external",
            bundle=str(bundle),
            external__kafkaBootstrap=kafka.kafka,
            flink__checkpointIntervalSeconds=2,
            topics__deleteOnDestroy=True,
        )
        try:
            yield Place(broker=kafka.kafka, store=store, copy=copy, root=tmp_path)
        finally:
            copy.close()


def test_another_cluster_goes_on_from_a_savepoint_of_one_that_is_gone(place: Place) -> None:
    with foreign_flink(place.root / "first", kafka=False, store=place.store) as first:
        place.on(first)
        place.copy.succeed("up")
        place.feed(5, 5, 7)
        place.counts({5: 2, 7: 1})
        taken = place.copy.succeed("savepoints", "take", "count").said
        [path] = {one.rpartition("/")[0] for one in place.store.objects("savepoints") if one.endswith("/_metadata")}
        assert path in taken, taken
        assert path in place.copy.succeed("savepoints", "--json").said
        assert place.store.objects("checkpoints")
    shutil.rmtree(place.root / "first")

    place.feed(7, 9)
    with foreign_flink(place.root / "second", kafka=False, store=place.store) as second:
        place.on(second)
        refused = place.copy.run("up")
        assert refused.code != 0
        assert "its last state cannot be found" in refused.said
        assert "-- restore_from: s3://flink-state/flink/checkpoints/" in refused.said
        statement = place.root / "bundle" / "count.sql"
        statement.write_text(f"-- restore_from: {path}\n{COUNT}", encoding="utf-8")
        restored = place.copy.succeed("up").said
        assert f"Statement count goes on from {path}" in restored, restored
        place.counts({5: 2, 7: 2, 9: 1})
        statement.write_text(COUNT, encoding="utf-8")
        assert "nothing" in place.copy.succeed("preview").said
        place.feed(5)
        place.counts({5: 3, 7: 2, 9: 1})
        place.copy.succeed("down")
        assert second.alive() == {}
