"""The journal of what this machine tried: what has no end was interrupted, and a success takes along what was tried before it."""

import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from components.statement_history import Action, Entry, Outcome, begun
from components.statement_journal import MOST_BYTES, Journal, journal_of


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return journal_of(tmp_path, "p/local")


def ended(entry: Entry, outcome: Outcome) -> Entry:
    return replace(entry, outcome=outcome, seconds=0.5)


def test_it_is_the_file_of_its_stack(tmp_path: Path) -> None:
    assert journal_of(tmp_path, "p/dev").file == tmp_path / "history" / "p.dev.jsonl"
    assert journal_of(tmp_path, "q/dev").file != journal_of(tmp_path, "p/dev").file


def test_a_beginning_and_its_end_are_one_entry(journal: Journal) -> None:
    one = begun("copy", Action.CHANGED)
    journal.write(one)
    assert [entry.outcome for entry in journal.entries()] == [Outcome.RUNNING]
    journal.write(ended(one, Outcome.FAILED))
    assert journal.entries() == [ended(one, Outcome.FAILED)]


def test_a_beginning_whose_process_is_gone_was_interrupted(journal: Journal) -> None:
    other = multiprocessing.get_context("spawn").Process(target=journal.write, args=(begun("copy", Action.CHANGED),))
    other.start()
    other.join()
    assert [entry.outcome for entry in journal.entries()] == [Outcome.INTERRUPTED]


def test_what_was_tried_in_vain_since_the_last_success_is_what_the_next_one_takes_along(journal: Journal) -> None:
    tried = [begun("copy", Action.CHANGED) for _ in range(4)]
    outcomes = [Outcome.FAILED, Outcome.DONE, Outcome.FAILED, Outcome.NOTHING]
    for entry, outcome in zip(tried, outcomes, strict=True):
        journal.write(ended(entry, outcome))
    journal.write(ended(begun("paste", Action.CHANGED), Outcome.FAILED))
    assert [entry.id for entry in journal.unrecorded("copy")] == [tried[2].id]


def test_a_savepoint_is_taken_along_by_the_next_change_and_is_no_change_itself(journal: Journal) -> None:
    done = [begun("copy", action) for action in (Action.SAVEPOINT_TAKEN, Action.CHANGED, Action.CHANGED, Action.SAVEPOINT_TAKEN)]
    outcomes = [Outcome.DONE, Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    for entry, outcome in zip(done, outcomes, strict=True):
        journal.write(ended(entry, outcome))
    assert [entry.id for entry in journal.unrecorded("copy")] == [done[2].id, done[3].id]


def test_threads_do_not_write_into_each_others_lines(journal: Journal) -> None:
    threads = [threading.Thread(target=journal.write, args=(begun(f"s{number}", Action.CREATED),)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.entries()) == 20


def test_a_line_that_was_cut_off_is_passed_over(journal: Journal) -> None:
    journal.write(begun("copy", Action.CREATED))
    with journal.file.open("a", encoding="utf-8") as file:
        file.write('{"id": "1", "stat\n[1]\n')
    assert len(journal.entries()) == 1


def test_it_has_a_bound(journal: Journal) -> None:
    journal.write(replace(begun("first", Action.CREATED), error="x" * (MOST_BYTES // 2)))
    journal.write(replace(begun("second", Action.CREATED), error="x" * (MOST_BYTES // 2)))
    journal.write(begun("third", Action.CREATED))
    assert [entry.statement for entry in journal.entries()] == ["second", "third"]
    assert journal.file.stat().st_size < MOST_BYTES


def test_nothing_is_there_before_the_first_run(journal: Journal) -> None:
    assert journal.entries() == journal.unrecorded("copy") == []
