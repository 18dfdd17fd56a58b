"""What the engine's functions about stacks answer while a state is being written, and when it cannot be read at all."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pulumi
import pytest

from components import stack_state as own_state

HALF_WRITTEN = "invocation of pulumi:pulumi:readStackResourceOutputs returned an error: failed to load checkpoint: EOF"
NO_STACK = 'unknown stack "organization/flink-reviews/dev"'
Answer = Callable[..., object]


def answers(*texts: str) -> tuple[Answer, list[int]]:
    """Return an engine that fails with these texts, one after the other, and answers then; and how often it was asked."""
    left: Iterator[str] = iter(texts)
    asked: list[int] = []

    def invoke(_token: str, _arguments: object) -> object:
        asked.append(1)
        for text in left:
            raise RuntimeError(text)
        return SimpleNamespace(value={"outputs": {"a": 1}})

    return invoke, asked


def test_a_state_that_is_being_written_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    invoke, asked = answers(HALF_WRITTEN, HALF_WRITTEN)
    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    assert own_state.stack_function(own_state.RESOURCES, {}) == {"outputs": {"a": 1}}
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("text", "patience"), [pytest.param(NO_STACK, 60.0, id="no such stack"), pytest.param(HALF_WRITTEN, 0.0, id="unreadable for good")]
)
def test_any_other_answer_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch, text: str, patience: float) -> None:
    invoke, asked = answers(text)
    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    monkeypatch.setattr(own_state, "READ_AGAIN_SECONDS", patience)
    with pytest.raises(RuntimeError, match=text[:20]):
        own_state.stack_function(own_state.RESOURCES, {})
    assert len(asked) == 1
