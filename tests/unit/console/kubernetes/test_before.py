"""A cluster that does not answer is told before the engine starts."""

from collections.abc import Callable

import pytest

from platforms.errors import PlatformError, Reason
from platforms.kubernetes.checks import require_cluster
from settings import Settings
from tests.fakes.kubernetes_api import FakeKubernetes


def test_a_cluster_that_answers_is_enough(kubernetes: FakeKubernetes, settings: Callable[..., Settings]) -> None:
    kubernetes.put("", {"metadata": {"name": "version"}, "gitVersion": "v1.34.4"})
    require_cluster(settings())


def test_a_cluster_that_refuses_stops_up_with_its_words(kubernetes: FakeKubernetes, settings: Callable[..., Settings]) -> None:
    kubernetes.refuse("/version", 401, "Unauthorized", "Unauthorized")
    with pytest.raises(PlatformError, match="nothing was started or changed") as caught:
        require_cluster(settings())
    assert caught.value.reason is Reason.UNHEALTHY
    assert "log in again" in caught.value.advice
