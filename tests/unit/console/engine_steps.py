"""Resources and steps of the engine, as its state and its events tell them."""

from typing import Any

from pulumi.automation import EngineEvent

from tests.support.kubernetes_objects import NAMESPACE

STACK = "urn:pulumi:local::flink-reviews::pulumi:pulumi:Stack::flink-reviews-local"
JOB = "urn:pulumi:local::flink-reviews::flink-reviews:components:Pipeline$pulumi-python:dynamic/flinksql:Statement::summaries"
KIND = "pulumi-python:dynamic/flinksql:Statement"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::flink-reviews::{kind}::{name}"


def _step(kind: str, name: str, inputs: dict[str, Any] | None, operation: str = "create") -> dict[str, Any]:
    state = {"type": kind, "urn": _urn(kind, name), "id": "", "parent": "", "provider": "", "custom": True, "inputs": inputs or {}}
    side = {"old": state} if operation == "delete" else {"new": state}
    return {"op": operation, "urn": _urn(kind, name), "type": kind, "provider": "", **side}


def begins(kind: str, name: str, inputs: dict[str, Any] | None, operation: str = "create") -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": _step(kind, name, inputs, operation)}})


def fails(kind: str, name: str) -> EngineEvent:
    return EngineEvent.from_json(
        {"sequence": 2, "timestamp": 2, "resOpFailedEvent": {"metadata": _step(kind, name, {}), "status": 0, "steps": 1}}
    )


def says(severity: str, message: str, kind: str = DEPLOYMENT, name: str = "gateway", *, ephemeral: bool = False) -> EngineEvent:
    words = {"severity": severity, "message": message, "color": "never", "urn": _urn(kind, name), "ephemeral": ephemeral}
    return EngineEvent.from_json({"sequence": 3, "timestamp": 3, "diagnosticEvent": words})


GATEWAY = begins(DEPLOYMENT, "gateway", {"metadata": {"name": "gateway", "namespace": NAMESPACE}})
