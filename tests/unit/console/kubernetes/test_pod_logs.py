"""Logs of pods: the last lines first, then only what is new."""

import pytest

from cluster.api_server import ApiServer
from platforms.errors import PlatformError, Reason
from platforms.kubernetes.pod_logs import PodTails
from tests.fakes.kubernetes_api import FakeKubernetes
from tests.support.kubernetes_objects import CORE, NAMESPACE, pod


def _line(second: int, words: str) -> str:
    return f"2026-01-01T00:00:{second:02}.000000001Z {words}"


@pytest.fixture
def kafka(kubernetes: FakeKubernetes) -> FakeKubernetes:
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", labels={"app.kubernetes.io/name": "kafka"}))
    kubernetes.logs[("kafka-0", False)] = "\n".join([_line(1, "one"), _line(2, "two"), _line(3, "three")])
    return kubernetes


def test_the_last_lines_come_first_and_none_comes_twice(kafka: FakeKubernetes, api_server: ApiServer) -> None:
    tails = PodTails(api_server, NAMESPACE, "kafka", 2)
    assert list(tails.read()) == [("kafka-0", "two"), ("kafka-0", "three")]
    assert list(tails.read()) == []
    kafka.logs[("kafka-0", False)] += f"\n{_line(4, 'four')}"
    assert list(tails.read()) == [("kafka-0", "four")]
    assert "sinceTime=2026-01-01T00%3A00%3A03Z" in kafka.calls[-1]


def test_a_new_pod_of_the_workload_is_followed(kafka: FakeKubernetes, api_server: ApiServer) -> None:
    tails = PodTails(api_server, NAMESPACE, "kafka", 5)
    list(tails.read())
    kafka.put(f"{CORE}/pods", pod("kafka-1", labels={"app.kubernetes.io/name": "kafka"}))
    kafka.logs[("kafka-1", False)] = _line(1, "begins")
    assert ("kafka-1", "begins") in list(tails.read())


def test_a_pod_that_has_not_begun_has_no_lines(kubernetes: FakeKubernetes, api_server: ApiServer) -> None:
    kubernetes.put(f"{CORE}/pods", pod("kafka-0", labels={"app.kubernetes.io/name": "kafka"}))
    assert list(PodTails(api_server, NAMESPACE, "", 5).read()) == []


def test_an_unknown_workload_names_those_there_are(kafka: FakeKubernetes, api_server: ApiServer) -> None:
    PodTails(api_server, NAMESPACE, "kafka", 1).require()
    with pytest.raises(PlatformError, match="there is no pod of 'zookeeper'") as caught:
        PodTails(api_server, NAMESPACE, "zookeeper", 1).require()
    assert caught.value.advice == "workloads there are: kafka"
    assert caught.value.reason is Reason.USAGE


def test_an_empty_namespace_says_so(api_server: ApiServer) -> None:
    with pytest.raises(PlatformError, match="there are no pods in namespace flink"):
        PodTails(api_server, NAMESPACE, "", 1).require()


def test_a_node_outside_utc_is_followed(kafka: FakeKubernetes, api_server: ApiServer) -> None:
    def line(second: int, words: str) -> str:
        return f"2026-01-01T02:00:{second:02}.000000001+02:00 {words}"

    kafka.logs[("kafka-0", False)] = line(1, "one")
    tails = PodTails(api_server, NAMESPACE, "kafka", 2)
    assert list(tails.read()) == [("kafka-0", "one")]
    kafka.logs[("kafka-0", False)] += f"\n{line(2, 'two')}"
    assert list(tails.read()) == [("kafka-0", "two")]
    assert "sinceTime=2026-01-01T00%3A00%3A01Z" in kafka.calls[-1]
