"""Whether a quota or a limit range holds what shall run: by its own names, with what others use, and with what is there already."""

from decimal import Decimal
from typing import Any

import pytest

from cluster.limits import Demand, amount, container_of, limit_range_problems, quota_problems

SMALL = container_of("main", {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}})
DEMAND = Demand(pods={"a": [SMALL], "b": [SMALL]}, claims={"data": amount("5Gi")}, storage_class="fast")


def quota(hard: dict[str, str], used: dict[str, str] | None = None, spec: dict[str, object] | None = None) -> dict[str, Any]:
    return {"metadata": {"name": "limit"}, "spec": {"hard": hard, **(spec or {})}, "status": {"used": used or {}}}


@pytest.mark.parametrize(
    ("hard", "used", "problem"),
    [
        pytest.param({"pods": "2"}, {}, "", id="just enough pods"),
        pytest.param({"pods": "2"}, {"pods": "1"}, "allows pods 2, of which others use 1, and the stack needs 2", id="others use one"),
        pytest.param({"requests.cpu": "900m"}, {}, "allows requests.cpu 900m, and the stack needs 1000m", id="processors"),
        pytest.param({"cpu": "900m"}, {}, "allows cpu 900m, and the stack needs 1000m", id="by the short name"),
        pytest.param({"limits.cpu": "3"}, {}, "allows limits.cpu 3, and the stack needs 4000m", id="limits"),
        pytest.param({"memory": "1Gi"}, {}, "allows memory 1Gi, and the stack needs 2048Mi", id="memory"),
        pytest.param({"requests.storage": "4Gi"}, {}, "allows requests.storage 4Gi, and the stack needs 5120Mi", id="disk"),
        pytest.param({"fast.storageclass.storage.k8s.io/requests.storage": "4Gi"}, {}, "the stack needs 5120Mi", id="disk of its class"),
        pytest.param({"slow.storageclass.storage.k8s.io/requests.storage": "0"}, {}, "", id="disk of another class"),
        pytest.param({"persistentvolumeclaims": "0"}, {}, "allows persistentvolumeclaims 0, and the stack needs 1", id="volumes"),
        pytest.param({"count/gizmos.example.com": "0"}, {}, "", id="something else"),
    ],
)
def test_a_quota_that_does_not_hold_the_stack(hard: dict[str, str], used: dict[str, str], problem: str) -> None:
    found = list(quota_problems([quota(hard, used)], DEMAND, Demand()))
    assert [problem in one for one in found] == ([True] if problem else [])


def test_what_of_the_stack_is_there_already_is_not_counted_twice() -> None:
    used = {"requests.cpu": "1", "pods": "2"}
    assert list(quota_problems([quota({"requests.cpu": "1", "pods": "2"}, used)], DEMAND, DEMAND)) == []


@pytest.mark.parametrize(
    "scope", [pytest.param({"scopes": ["BestEffort"]}, id="scopes"), pytest.param({"scopeSelector": {"a": 1}}, id="selector")]
)
def test_a_quota_for_some_pods_only_is_not_judged(scope: dict[str, object]) -> None:
    assert list(quota_problems([quota({"pods": "0"}, spec=scope)], DEMAND, Demand())) == []


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        pytest.param({"type": "Container", "max": {"cpu": "1"}}, "allows at most cpu 1, and container main of a has 2000m", id="at most"),
        pytest.param(
            {"type": "Container", "min": {"memory": "2Gi"}}, "asks for at least memory 2Gi, and container main of a", id="at least"
        ),
        pytest.param({"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}, "and container main of a has 4 times", id="ratio"),
        pytest.param({"type": "Pod", "max": {"cpu": "1"}}, "and pod a has 2000m", id="of a pod"),
        pytest.param({"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}, "volume claim data has 5120Mi", id="of a volume"),
        pytest.param({"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}}, "", id="a volume that is large enough"),
        pytest.param({"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "2"}}, "", id="just within"),
    ],
)
def test_a_limit_range_that_refuses_a_part(limits: dict[str, object], problem: str) -> None:
    one = {"metadata": {"name": "range"}, "spec": {"limits": [limits]}}
    found = list(limit_range_problems([one], Demand(pods={"a": [SMALL]}, claims=DEMAND.claims)))
    assert [problem in text for text in found] == ([True] if problem else [])
    assert amount("500m") == Decimal("0.5")
