"""A stack whose data outlive it: `down` says what is kept and what is not, and the way on that it names loses and repeats nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.inventory import NAMESPACE, left_of
from tests.kubernetes.stack import JOBS, KubernetesStack
from tests.support.flow import CONTEXTS, SUMMARIES
from tests.support.samples import PLAIN

pytestmark = [pytest.mark.timeout(1800)]

_TOLD = re.compile(r"(file:\S*/savepoints/\S*savepoint-[0-9a-f-]+)")


@contextmanager
def keeping_data(stack: KubernetesStack) -> Iterator[None]:
    """Let topics and volumes outlive the stack; afterwards everything goes."""
    stack.copy.configure(topics__deleteOnDestroy=False)
    try:
        yield
    finally:
        stack.copy.configure(topics__deleteOnDestroy=True)
        stack.up()
        stack.down()


def _head(stack: KubernetesStack, lines: dict[str, str]) -> dict[str, str]:
    """Put a line at the head of jobs' files; return what stood there."""
    before: dict[str, str] = {}
    for name, line in lines.items():
        file = stack.copy.folder / "sql" / "reviews" / f"{name}.sql"
        before[name] = file.read_text(encoding="utf-8")
        file.write_text(f"{line}\n{before[name]}", encoding="utf-8")
    return before


def _write(stack: KubernetesStack, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (stack.copy.folder / "sql" / "reviews" / f"{name}.sql").write_text(text, encoding="utf-8")


def test_a_stack_goes_on_where_it_was_as_its_down_told(stack: KubernetesStack) -> None:
    with keeping_data(stack):
        plain = _head(stack, dict.fromkeys(JOBS, "-- delete_mode: savepoint"))
        try:
            stack.up()
            stack.wait_for_jobs(stack.job_names())
            with stack.flow() as flow:
                flow.feed(PLAIN)
                flow.settle()
                before = (len(flow.rows[CONTEXTS]), len(flow.rows[SUMMARIES]))
            down = stack.copy.run("down")
            paths = {name: _path(down.said, name) for name in JOBS}
            note("down where data are kept", code=down.code, said=down.said[-2500:], paths=str(paths))
            assert down.code == 0, down.said
            assert f"kept on purpose (topics.deleteOnDestroy is false): namespace {NAMESPACE} with its volume claims" in down.said
            assert {"PersistentVolumeClaim data-kafka-0", "PersistentVolumeClaim flink-state"} <= left_of(stack.cluster)
            _write(stack, {name: f"-- restore_from: {paths[name]}\n{text}" for name, text in plain.items()})
            stack.up()
            stack.wait_for_jobs(stack.job_names())
            with stack.flow() as after:
                after.before, after.values = flow.before, list(flow.values)
                after.feed(PLAIN)
                after.settle()
                assert after.totals(SUMMARIES) == after.expected_totals(), "everything once, what was fed before and after"
            note(
                "up from what down told", contexts=(before[0], len(after.rows[CONTEXTS])), summaries=(before[1], len(after.rows[SUMMARIES]))
            )
        finally:
            _write(stack, plain)


def _path(said: str, name: str) -> str:
    line = next((one for one in said.splitlines() if name in one and _TOLD.search(one)), "")
    found = _TOLD.search(line)
    assert found, f"no path is told for {name}:\n{said[-3000:]}"
    return found[1].rstrip(".,")
