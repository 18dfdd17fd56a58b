"""Settings that cannot change under a running stack are refused with the ways that work."""

import subprocess
import sys
from typing import Any

import pytest

from components.names import PROJECT_FOLDER
from components.providers.foundation import FoundationProvider
from components.providers.inputs import FOUNDATION, Change
from platforms.kubernetes.arguments import foundation_inputs
from settings import parse_settings

RUNNING = "contexts, summaries"


def _inputs(stack: str = "dev", **given: str) -> dict[str, Any]:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "flink.line": "2.1"}
    return foundation_inputs(parse_settings({**values, **{name.replace("__", "."): value for name, value in given.items()}}), stack)


def _refusals(news: dict[str, Any], runs: str, olds: dict[str, Any] | None = None) -> list[str]:
    provider = FoundationProvider()
    provider.look = lambda _prefix: runs
    failures = provider.check(_inputs() if olds is None else olds, news).failures
    return [str(one.reason) for one in failures]


OLLAMA = {"model__kind": "ollama"}
STRIMZI = {"kafka__kind": "strimzi"}
PARTS = {"model_storage": OLLAMA, "kafka_nodes": STRIMZI}
CHANGES = {
    "flink_line": ({"flink__line": "2.2"}, "flink.line was 2.1 and is 2.2 now", "pulumi config set flink.line 2.1"),
    "state_root": ({"flink__stateUri": "s3://b/f"}, "flink.stateUri was file:///flink-data and is s3://b/f now", "restore_from"),
    "kafka": (
        {"kafka__kind": "external", "kafka__bootstrap": "b:9092"},
        "kafka.kind was single and is external now",
        "set kafka.kind single",
    ),
    "namespace": ({"kubernetes__namespace": "other"}, "kubernetes.namespace was flink and is other now", "take the stack down first"),
    "storage_class": ({"kubernetes__storageClass": "fast"}, "kubernetes.storageClass was not set and is fast now", "would be deleted"),
    "flink_storage": ({"flink__storage": "9Gi"}, "flink.storage was 5Gi and is 9Gi now", "pulumi config set flink.storage 5Gi"),
    "volume_access": (
        {"flink__volumeAccess": "ReadWriteMany"},
        "flink.volumeAccess was ReadWriteOnce and is ReadWriteMany now",
        "would be deleted",
    ),
    "kafka_storage": ({"kafka__storage": "9Gi"}, "kafka.storage was 5Gi and is 9Gi now", "pulumi config set kafka.storage 5Gi"),
    "kafka_nodes": ({**STRIMZI, "strimzi__nodes": "3"}, "strimzi.nodes was 1 and is 3 now", "pulumi config set strimzi.nodes 1"),
    "model_storage": ({**OLLAMA, "model__storage": "9Gi"}, "model.storage was 20Gi and is 9Gi now", "would be deleted"),
    "ledger_storage": ({"model__ledgerMegabytes": "900"}, "model.ledgerMegabytes was", "would be deleted"),
}


def _before(name: str) -> dict[str, Any]:
    return _inputs(**PARTS.get(name, {}))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_breaks_what_runs_is_refused_with_its_way(name: str) -> None:
    given, what, way = CHANGES[name]
    [said] = _refusals(_inputs(**given), RUNNING, _before(name))
    assert what in said
    assert way in said
    assert (" while contexts, summaries run" in said) is (FOUNDATION[name] is Change.PAUSED)


def test_an_older_line_is_refused_with_what_flink_does_not_read() -> None:
    [said] = _refusals(_inputs(), RUNNING, _inputs(flink__line="2.2"))
    assert "flink.line was 2.2 and is 2.1 now while contexts, summaries run" in said
    assert "Flink reads no state that a newer line wrote" in said
    assert "allow_state_reset: true" in said
    assert "pulumi config set flink.line 2.2" in said


@pytest.mark.parametrize("name", CHANGES)
def test_paused_jobs_let_through_what_only_they_stand_in_the_way_of(name: str) -> None:
    assert bool(_refusals(_inputs(**CHANGES[name][0]), "", _before(name))) is (FOUNDATION[name] is Change.REJECTED)


def test_a_state_written_before_the_access_mode_was_a_setting_has_a_volume_of_one_node() -> None:
    olds = {name: value for name, value in _inputs().items() if name != "volume_access"}
    assert _refusals(_inputs(), RUNNING, olds) == []
    assert _refusals(_inputs(flink__volumeAccess="ReadWriteOnce"), RUNNING, olds) == []
    [said] = _refusals(_inputs(flink__volumeAccess="ReadWriteMany"), RUNNING, olds)
    assert "flink.volumeAccess was ReadWriteOnce and is ReadWriteMany now" in said


def test_without_a_volume_its_access_mode_stands_in_no_way() -> None:
    there = {"flink__stateUri": "s3://bucket/flink"}
    assert _refusals(_inputs(flink__volumeAccess="ReadWriteMany", **there), RUNNING, _inputs(**there)) == []


def test_a_part_that_comes_or_goes_has_no_volume_that_changes() -> None:
    assert _refusals(_inputs(**OLLAMA), RUNNING) == []
    assert _refusals(_inputs(), RUNNING, _inputs(**OLLAMA)) == []
    assert _refusals(_inputs(kafka__kind="external", kafka__bootstrap="b:9092"), "") == []


def test_a_renamed_stack_would_begin_every_job_anew() -> None:
    [said] = _refusals(_inputs("production"), RUNNING)
    assert "pulumi stack rename" in said


def test_nothing_is_refused_of_a_stack_that_is_new_or_as_it_was() -> None:
    assert _refusals(_inputs(), RUNNING) == []
    assert _refusals(_inputs(flink__line="2.2"), RUNNING, olds={}) == []


def test_every_part_of_the_foundation_is_tried_here() -> None:
    assert CHANGES.keys() | {"jobs"} == FOUNDATION.keys()


PROVIDERS = sorted(file.stem for file in (PROJECT_FOLDER / "components" / "providers").glob("*.py") if file.stem != "__init__")


def test_providers_are_loaded_in_threads_without_an_event_loop() -> None:
    """As Pulumi's host of dynamic providers loads them, in the thread that a request comes in."""
    names = [f"components.providers.{name}" for name in PROVIDERS]
    loading = f"Pool().submit(lambda: [__import__(name) for name in {names}]).result()"
    program = f"from concurrent.futures import ThreadPoolExecutor as Pool; {loading}"
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT_FOLDER, check=True)
