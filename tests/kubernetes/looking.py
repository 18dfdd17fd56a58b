"""What one look at the platform's objects costs: seconds and requests."""

import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from unittest import mock

import requests

from cluster.api_server import connect
from console.driver.backend import parse_deployment
from platforms.kubernetes.drift import ClusterDrift
from platforms.state import StackState
from tests.kubernetes.inventory import NAMESPACE
from tests.kubernetes.stack import KubernetesStack


@dataclass(frozen=True, kw_only=True)
class Look:
    """`drifted` are the resources to be read again. `seconds` include connecting; `requests` counts those to the API server."""

    drifted: list[str]
    said: list[str]
    seconds: float
    requests: int


def state_of(stack: KubernetesStack) -> StackState:
    """Return what Pulumi remembers of the stack."""
    checkpoint = json.loads(next(stack.copy.state.rglob(f"{stack.copy.stack}.json")).read_text(encoding="utf-8"))
    return parse_deployment(checkpoint["checkpoint"]["latest"])


def look(stack: KubernetesStack) -> Look:
    """Look as a preview does, in this process."""
    state, said, sent = state_of(stack), list[str](), Counter[str]()
    request = requests.Session.request

    def counted(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        sent[method] += 1
        return request(session, method, url, **options)

    began = time.monotonic()
    with mock.patch.object(requests.Session, "request", counted):
        drifted = ClusterDrift(lambda: connect(stack.given.context, stack.given.kubeconfig), stack.copy.stack, NAMESPACE).before_preview(
            state, said.append
        )
    return Look(drifted=drifted, said=said, seconds=time.monotonic() - began, requests=sent.total())
