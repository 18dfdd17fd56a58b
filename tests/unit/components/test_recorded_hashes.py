"""Statements of stacks that run: their hashes were recorded before parameters were declared in manifests, and must stay the same.

Another hash is another statement: every job that runs would be upgraded by a release that changed nothing for it.
"""

import json
from pathlib import Path

import pytest

from components.parameters import load_bundle
from flinksql.sql import definition_hash
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import parse_settings
from tests.support.project import REPOSITORY

RECORDED = REPOSITORY / "tests" / "cases" / "recorded"


def hashes(given: dict[str, str], stack: str) -> dict[str, str]:
    settings = parse_settings(given)
    made = definitions(settings, load_bundle(settings, endpoints_of(settings)), stack)
    return {name: definition_hash(one) for name, one in made.items()}


@pytest.mark.parametrize(
    ("given", "stack", "file"),
    [
        pytest.param({"bundle.parameters.window_seconds": "10"}, "local", "definition-hashes-local.json", id="the newcomer's stack"),
        pytest.param({"bundle.windowSeconds": "10"}, "local", "definition-hashes-local.json", id="under the key of before"),
        pytest.param({"bundle.windowSeconds": "10.0"}, "local", "definition-hashes-local.json", id="as the engine writes a number"),
        pytest.param({"bundle": "article"}, "local", "definition-hashes-article.json", id="the other bundle"),
        pytest.param(
            {
                "bundle.windowSeconds": "3600",
                "bundle.heartbeats": "false",
                "bundle.deliveryGuarantee": "exactly-once",
                "topics.prefix": "staging.",
                "topics.partitions": "6",
                "flink.parallelism": "2",
            },
            "staging",
            "definition-hashes-staging.json",
            id="a stack that sets every key of before",
        ),
    ],
)
def test_a_statement_that_runs_is_the_same_statement(given: dict[str, str], stack: str, file: str) -> None:
    recorded: dict[str, str] = json.loads(Path(RECORDED / file).read_text(encoding="utf-8"))
    assert hashes(given, stack) == recorded
