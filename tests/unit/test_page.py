"""How a page's commands are read and compared with what was printed."""

from pathlib import Path

import pytest

from tests.support.page import Command, commands_of, difference


def test_the_commands_of_a_page_are_read_with_what_they_print(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n```console\n$ one --x  # remark\nsaid\n...\n$ two\n```\n\n```yaml\n$ no\n```\n", encoding="utf-8")
    assert list(commands_of(page)) == [
        Command(text="one --x", line=4, expected=("said", "...")),
        Command(text="two", line=7, expected=()),
    ]


@pytest.mark.parametrize(
    ("expected", "printed", "told"),
    [
        pytest.param(["a", "b"], "a\nb\n", "", id="the same"),
        pytest.param(["fed 8 records in ..."], "fed 8 records in 0.3 s\n", "", id="a part that differs"),
        pytest.param(["...", "b", "..."], "x\na\nb\nc\n", "", id="lines between"),
        pytest.param([], "anything", "", id="nothing is expected"),
        pytest.param(["a", "c"], "a\nb\nc\n", "c", id="a line too many"),
        pytest.param(["a"], "a\nb\n", "nothing more, and not: b", id="a line after the end"),
        pytest.param(["...", "d"], "a\nb\n", "d", id="a line that is missing"),
        pytest.param(["fed 8 records"], "fed 9 records\n", "fed 8 records", id="another number"),
    ],
)
def test_what_was_printed_is_compared_line_by_line(expected: list[str], printed: str, told: str) -> None:
    assert difference(expected, printed) == told
