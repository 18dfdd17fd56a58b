"""No configuration key is without effect: changing it changes an input of a resource, or which resources there are."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from options.option import Declaration
from settings.keys import KEYS
from tests.program.recorder import run_program

OF_OTHERS = {name for name, key in KEYS.items() if key.path[0] in ("kubernetes", "external")}
ELSEWHERE = {
    "platform": "chooses the program's other half",
    "evaluation.minimum": "decides whether there are resources at all",
    "evaluation.set": "decides that with it",
    "tests": "decides whether there are resources at all",
    "promotion.from": "decides whether there are resources at all: tests/program/test_embedded_promotion.py",
    "approve": "lets a change through that the provider refuses",
    "bundle.jars": "is about a Flink whose image or lib is somebody else's",
    "schemaRegistry.url": "is read by a bundle that names a registry",
    "schemaRegistry.urlForFlink": "is read by a bundle that names a registry",
    "savepoints.keep": "is about what the console does after the run",
    "savepoints.keepDays": "is about what the console does after the run",
    "samples.feed": "is about what `make up` does after the run",
}
"""Keys that need more than another value; the tests of the stack files are about them."""
SERVED = {"model.kind": "openai", "model.endpoint": "http://127.0.0.1:8000/v1"}
OWN_SERVER = {"model.kind": "llamacpp"}
NEEDED = {
    **{name: SERVED for name in KEYS if name.startswith("model.") and name not in {"model.kind", "model.name"}},
    **dict.fromkeys(("model.file", "model.threads", "model.slots", "ports.modelServer"), OWN_SERVER),
    "model.moneyPerDay": {**SERVED, "model.inputPrice": "0.15"},
}
"""What must be set for a key to have a meaning at all."""
OTHER = {
    "bundle": "article",
    "bundle.deliveryGuarantee": "exactly-once",
    "flink.line": "2.1",
    "model.kind": "ollama",
    "model.endpoint": "http://127.0.0.1:8001/v1",
    "data.folder": "/elsewhere",
    "model.name": "qwen3:8b",
    "model.fallbackEndpoint": "http://127.0.0.1:8002/v1",
    "model.fallbackName": "small",
    "model.caFile": __file__,
    "model.file": str(Path(__file__).with_name("small.gguf")),
    "model.proxy": "http://127.0.0.1:3128",
    "model.attemptSeconds": "30",
    "model.budgetPolicy": "wait",
    "flink.taskManagerMemory": "2g",
    "topics.prefix": "other.",
}


def other_value(declared: Declaration) -> str:
    """Return an allowed value that is not the default."""
    if declared.key in OTHER:
        return OTHER[declared.key]
    default = declared.default_text
    if declared.kind == "boolean":
        return str(default != "true").lower()
    return str(int(default) + (1_000 if declared.key.startswith("ports.") else 1))


def declared(config: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the inputs of all resources by URN."""
    return _declared(tuple(sorted(config.items())))


@cache
def _declared(config: tuple[tuple[str, str], ...]) -> Mapping[str, Mapping[str, Any]]:
    return {urn: dict(one.inputs) for urn, one in run_program(dict(config)).resources.items()}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in KEYS if name not in OF_OTHERS | ELSEWHERE.keys()])
def test_each_key_of_the_embedded_platform_changes_a_resource(name: str) -> None:
    before = NEEDED.get(name, {})
    assert declared(before) != declared({**before, name: other_value(KEYS[name].declared)})
