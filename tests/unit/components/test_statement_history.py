"""What a statement remembers of itself: bounded, each thing once, and every version as it was."""

import json
from dataclasses import replace

import pytest

from components.statement_history import (
    HISTORY,
    MOST_ENTRIES,
    MOST_SAVEPOINT_ENTRIES,
    MOST_VERSION_BYTES,
    MOST_VERSIONS,
    Action,
    Entry,
    Outcome,
    begun,
    bounded,
    cut,
    entries_of,
    entry_of,
    merged,
    pack,
    unpack,
)


def entry(number: int, version: str = "", outcome: Outcome = Outcome.RUNNING) -> Entry:
    at = f"2026-01-01T00:{number:02}:00Z"
    return Entry(id=str(number), statement="copy", at=at, by="ann", action=Action.CHANGED, version=version, outcome=outcome)


def test_an_entry_comes_back_as_it_went() -> None:
    one = replace(begun("copy", Action.CHANGED, before="a", after="b"), outcome=Outcome.DONE, seconds=1.5, version=pack({"name": "copy"}))
    plain = json.loads(json.dumps(one.plain()))
    assert entry_of(plain) == one
    assert "error" not in plain, "what is empty takes no room"


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(None, id="nothing"),
        pytest.param("text", id="a text"),
        pytest.param({}, id="empty"),
        pytest.param({"id": "1", "statement": "copy"}, id="half of one"),
        pytest.param({**entry(1).plain(), "seconds": "long"}, id="no number"),
    ],
)
def test_what_is_no_entry_is_left_out(plain: object) -> None:
    assert entries_of({HISTORY: [plain, entry(2).plain()]}) == [entry(2)]


def test_what_a_newer_program_wrote_besides_is_no_trouble() -> None:
    assert entry_of({**entry(1).plain(), "weather": "fine"}) == entry(1)


def test_the_newest_entries_are_kept_and_of_them_the_newest_versions() -> None:
    kept = bounded(entry(number, version=pack({"number": number})) for number in range(MOST_ENTRIES + 5))
    assert [one.id for one in kept] == [str(number) for number in range(5, MOST_ENTRIES + 5)]
    assert [unpack(one.version)["number"] for one in kept if one.version] == list(range(MOST_ENTRIES, MOST_ENTRIES + 5))
    assert len([one for one in kept if one.version]) == MOST_VERSIONS


def test_savepoints_that_were_taken_push_no_change_out() -> None:
    changes = [entry(number, version=pack({"number": number})) for number in range(3)]
    savepoints = [replace(entry(number), id=f"s{number}", action=Action.SAVEPOINT_TAKEN) for number in range(10, 10 + MOST_ENTRIES)]
    kept = bounded([*changes, *savepoints])
    assert [one.id for one in kept] == ["0", "1", "2", *(one.id for one in savepoints[-MOST_SAVEPOINT_ENTRIES:])]
    assert all(one.version for one in kept[:3])


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        pytest.param([10, 20, 30], [True, True, True], id="small ones"),
        pytest.param([10, MOST_VERSION_BYTES], [False, True], id="one that takes all the room"),
        pytest.param([10, MOST_VERSION_BYTES + 1], [False, False], id="one that is too large, and what lies before it"),
        pytest.param([MOST_VERSION_BYTES - 10, 30, 20], [False, True, True], id="the oldest finds no room"),
    ],
)
def test_versions_have_a_bound_in_bytes(sizes: list[int], kept: list[bool]) -> None:
    found = bounded(entry(number, version="x" * size) for number, size in enumerate(sizes))
    assert [bool(one.version) for one in found] == kept


def test_a_long_definition_takes_little_room() -> None:
    text = "INSERT INTO sink SELECT a, b, c FROM source WHERE a <> 'x';\n" * 200
    assert len(pack({"text": text})) < len(text) / 10
    assert unpack(pack({"text": text})) == {"text": text}


@pytest.mark.parametrize("version", ["", "no base64!", "YWJj", pack({})[:-4]])
def test_what_is_no_version_is_told(version: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(version)


def test_of_two_places_that_know_an_entry_the_one_with_its_end_counts() -> None:
    running, done = entry(1, outcome=Outcome.INTERRUPTED), entry(1, outcome=Outcome.DONE, version="v")
    assert merged([running], [done]) == merged([done], [running]) == [done]
    assert merged([entry(2)], [entry(1)]) == [entry(1), entry(2)]


def test_a_text_is_one_line_and_has_an_end() -> None:
    assert cut("a\n  b") == "a b"
    assert len(cut("x" * 10_000)) < 400
