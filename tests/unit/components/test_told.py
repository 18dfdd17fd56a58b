"""Every block of the cases: what a preview says of it, where, and what helps, over what a real gateway answered."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.messages.message import Message
from tests.support.recording import Answer
from tests.support.told import FOLDER, Block, ReplayingGateway, blocks, recorded, told, unlike

ENOUGH = 300


@cache
def answers() -> Mapping[str, Sequence[Answer]]:
    return recorded()


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in blocks()])
def test_each_mistake_is_told_at_its_place_with_cause_and_advice(block: Block, tmp_path: Path) -> None:
    found = told(block, tmp_path / FOLDER, ReplayingGateway(answers()[block.name]))
    assert unlike(block, found) == []
    messages = [Message(situation=block.name, command="preview", platform="any", text=str(error)) for error in found]
    assert [(fault, message.text) for message in messages for fault in message.faults()] == []


def test_no_block_is_left_without_an_answer_and_no_answer_without_a_block() -> None:
    names = [block.name for block in blocks()]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(answers())
    assert len(names) >= ENOUGH


def test_an_expectation_can_fail(tmp_path: Path) -> None:
    block = next(block for block in blocks() if block.title == "misspelt FROM")
    found = told(block, tmp_path / FOLDER, ReplayingGateway(answers()[block.name]))
    [(place, cause, advice)] = block.expected
    for wrong in ((place.replace(":1:", ":2:"), cause, advice), (place, "another cause", advice), (place, cause, "another advice")):
        assert unlike(Block(group="", title="", expected=[wrong]), found)
    assert unlike(Block(group="", title=""), found)
