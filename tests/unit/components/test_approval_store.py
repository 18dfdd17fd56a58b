"""The file of approvals: what is written comes back, and what cannot be read approves nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.approval_store import Approval, Approvals, Asked, UndoOrder, approval_store

HELD = Approvals(
    asked={"copy": Asked(hash="c1", statement="copy", verdict="unknown: why", consequence="it starts anew")},
    approved={"c2": Approval(hash="c2", statement="copy", by="ann", at="now", reason="meant")},
    undo={"copy": UndoOrder(statement="copy", now="b", revision="1", before="a", savepoint="file:/s")},
)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    store = approval_store(tmp_path, "p/dev")
    store.change(lambda _held: HELD)
    assert approval_store(tmp_path, "p/dev").read() == HELD
    assert approval_store(tmp_path, "q/dev").read() == Approvals()
    assert store.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut off"),
        pytest.param("[]", id="a list"),
        pytest.param('{"approved": {"c1": {"weather": "fine"}, "c2": 3}}', id="other fields"),
        pytest.param('{"approved": ["c1"]}', id="another shape"),
    ],
)
def test_what_cannot_be_read_approves_nothing(tmp_path: Path, content: str) -> None:
    store = approval_store(tmp_path, "dev")
    store.file.parent.mkdir()
    store.file.write_text(content, encoding="utf-8")
    assert store.read() == Approvals()


def test_two_who_write_one_after_the_other_lose_nothing(tmp_path: Path) -> None:
    one, other = approval_store(tmp_path, "dev"), approval_store(tmp_path, "dev")
    one.change(lambda held: replace(held, approved={**held.approved, "c1": Approval(hash="c1")}))
    other.change(lambda held: replace(held, approved={**held.approved, "c2": Approval(hash="c2")}))
    assert set(one.read().approved) == {"c1", "c2"}


def test_an_edit_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    store = approval_store(tmp_path, "dev")
    store.change(lambda held: held)
    assert not store.file.exists()
