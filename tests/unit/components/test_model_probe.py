"""Who is asked whether a model answers, before a job is touched."""

import pytest

from components.providers.cluster import model_probe
from components.settings import parse_settings

NOBODY = "http://model-gateway.flink.svc:8080/reviews/v1/chat/completions"
"""A name that only pods of the cluster can resolve."""


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        pytest.param({"platform": "kubernetes", "kubernetes.context": "kind-kind"}, True, id="a service's name means nothing here"),
        pytest.param({"platform": "embedded"}, False, id="what Flink on this machine cannot reach is missing"),
    ],
)
def test_a_model_in_a_cluster_is_not_looked_for_from_outside(given: dict[str, str], answered: bool) -> None:
    assert (model_probe(parse_settings(given))(NOBODY) == "") is answered
