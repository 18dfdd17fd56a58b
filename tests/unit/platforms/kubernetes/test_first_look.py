"""What is asked of cluster, registry and broker before the first resource: all problems in one go, and nothing changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from confluent_kafka import Producer

from components.promotion import Offer
from components.stack_state import OwnState
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.topic import Topic
from platforms.kubernetes.ownership import Ground
from platforms.kubernetes.prerequisites import PrerequisiteError, WantedImages, require_prerequisites
from settings import parse_settings
from tests.fakes.http import serving
from tests.fakes.kubernetes_api import CONTEXT, FakeKubernetes, fake_kubernetes
from tests.support.kubernetes_stack import write_chart
from tests.support.ports import free_ports

DIGESTS = (f"sha256:{'a' * 64}", f"sha256:{'b' * 64}")
OFFER = Offer(bundle="reviews", bundle_hash="c" * 64, flink_line="2.1", flink_digest=DIGESTS[0], model_gateway_digest=DIGESTS[1])
THEIRS = {"flink-reviews/stack": "flink-reviews/dev", "flink-reviews/stack-id": "fedcba9876543210"}


@dataclass(frozen=True, kw_only=True)
class Bench:
    cluster: FakeKubernetes
    values: dict[str, str]
    topics: Sequence[Topic] = ()

    def look(self, offer: Offer | None = OFFER, jars: str = "", **given: str) -> Ground:
        values = {**self.values, **{key.replace("__", "."): value for key, value in given.items()}}
        wanted = WantedImages(offer=offer, jars=jars)
        return require_prerequisites(parse_settings(values), "staging", "0123456789abcdef", OwnState(), wanted, foreign=self.topics)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A cluster, a registry that has the Flink image alone, and a broker that listens."""

    def registry(_method: str, path: str, _body: object) -> tuple[int, object]:
        if "/blobs/" in path:
            return 200, {"config": {"Labels": {"flink-reviews.jars": f"{'1' * 64} {'2' * 64}"}}}
        return (200 if path.endswith(DIGESTS[0]) else 404), {"config": {"digest": DIGESTS[1]}}

    with fake_kubernetes() as cluster, serving(registry) as server, mock_broker() as bootstrap:
        repository = f"127.0.0.1:{server.server_address[1]}"
        values = {
            "platform": "kubernetes",
            "kubernetes.context": CONTEXT,
            "kubernetes.kubeconfig": str(cluster.kubeconfig(tmp_path)),
            "operator.chart": str(write_chart(tmp_path / "chart")),
            "promotion.from": "dev",
            "image.repository": f"{repository}/flink",
            "image.modelGatewayRepository": f"{repository}/gateway",
            "kafka.kind": "external",
            "kafka.bootstrap": bootstrap,
        }
        yield Bench(cluster=cluster, values=values)


@contextmanager
def mock_broker() -> Iterator[str]:
    """Run the Kafka client's own broker for tests."""
    holder = Producer({"bootstrap.servers": "is.replaced:1", "test.mock.num.brokers": "1"})
    [broker] = holder.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    # The broker ends with the client.
    holder.flush(0)


def test_every_problem_is_told_in_one_go_and_nothing_is_changed(bench: Bench) -> None:
    bench.cluster.put("/api/v1/namespaces", {"metadata": {"name": "flink", "annotations": THEIRS}})
    [port] = free_ports(1)
    with pytest.raises(PrerequisiteError) as caught:
        bench.look(kafka__bootstrap=f"127.0.0.1:{port}")
    told = str(caught.value).splitlines()
    assert len(told) == 3
    assert "belongs to stack flink-reviews/dev" in told[0]
    assert f"gateway@{DIGESTS[1]}, whose digest is that of stack dev" in told[1]
    assert f"no Kafka broker answers at 127.0.0.1:{port}" in told[2]
    assert all(call.startswith("GET") for call in bench.cluster.calls)


def test_a_missing_image_alone_is_told_with_its_copy(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError, match="skopeo copy --preserve-digests") as caught:
        bench.look()
    assert "flink@" not in str(caught.value)


def test_where_images_are_built_the_registry_is_not_asked(bench: Bench) -> None:
    assert bench.look(None, promotion__from="") == Ground()


def test_an_image_of_the_settings_is_asked_for(bench: Bench) -> None:
    image = f"{bench.values['image.modelGatewayRepository']}@{DIGESTS[1]}"
    with pytest.raises(PrerequisiteError, match=r"image\.modelGateway"):
        bench.look(None, promotion__from="", image__modelGateway=image)


def test_a_broker_that_would_not_make_the_topics_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def rehearse(_admin: TopicAdmin, wanted: Sequence[Topic]) -> list[str]:
        return [f"creating topic {one.name} failed" for one in wanted]

    monkeypatch.setattr(TopicAdmin, "rehearse", rehearse)
    with pytest.raises(PrerequisiteError, match="creating topic orders failed"):
        replace(bench, topics=[Topic(name="orders", partitions=1)]).look(None, promotion__from="")


def test_a_broker_that_does_not_let_the_client_in_is_told_before_anything_is_made(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError, match=r"the external broker of `kafka.bootstrap`: the options .* are refused"):
        bench.look(None, promotion__from="", kafka__options="security.protocol=NOPE", akhq__enabled="false")


def test_a_broker_of_the_stacks_own_is_not_asked_before_it_is_there(bench: Bench) -> None:
    assert bench.look(None, promotion__from="", kafka__kind="single", kafka__bootstrap="") == Ground()


def test_an_image_without_the_bundles_jars_is_refused(bench: Bench) -> None:
    with pytest.raises(PrerequisiteError) as refused:
        bench.look(jars=f"{'1' * 64} {'3' * 64}")
    told = str(refused.value)
    assert f"@{DIGESTS[0]}: its label flink-reviews.jars lacks jars that bundle" in told
    assert f"(sha256 {'3' * 12})" in told
    assert "`pulumi config set bundle.jars provided`" in told


@pytest.mark.parametrize(
    ("jars", "more"),
    [
        pytest.param(f"{'2' * 64} {'1' * 64}", {}, id="all are in it"),
        pytest.param("3" * 64, {"bundle.jars": "provided"}, id="the stack says so"),
    ],
)
def test_an_image_with_the_bundles_jars_is_taken(jars: str, more: dict[str, str], bench: Bench) -> None:
    with pytest.raises(PrerequisiteError) as refused:
        bench.look(OFFER, jars, **more)
    assert "flink-reviews.jars" not in str(refused.value), "only the model gateway's image is missing here"
