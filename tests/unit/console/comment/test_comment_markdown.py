"""A text of somebody's stays a text: no mention, no link, no tag, no column, no end of a block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.comment.markdown import block, code, folded, plain, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a | b", r"a \| b", id="a column"),
        pytest.param("<b>x</b>", r"\<b\>x\</b\>", id="a tag"),
        pytest.param("&lt;b&gt;", r"\&lt;b\&gt;", id="an entity"),
        pytest.param("two\nlines", "two lines", id="lines"),
        pytest.param("ask @team", "ask @\u200bteam", id="a mention"),
        pytest.param("merge request !12", "merge request !\u200b12", id="a reference"),
        pytest.param("see #7", r"see \#7", id="an issue"),
        pytest.param("[x](y)", r"\[x\](y)", id="a link"),
        pytest.param("https://example.com", "https:\u200b//example.com", id="an address"),
        pytest.param("www.example.com", "www.\u200bexample.com", id="an address without a scheme"),
        pytest.param("a\\|b", r"a\\\|b", id="an escaped column"),
        pytest.param("5 * 3_000", r"5 \* 3\_000", id="emphasis"),
    ],
)
def test_a_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("contexts", "`contexts`", id="plain"),
        pytest.param("a `b` c", "``a `b` c``", id="ticks within"),
        pytest.param("`b`", "`` `b` ``", id="ticks at the ends"),
        pytest.param("a|b", r"`a\|b`", id="a column"),
    ],
)
def test_code_has_a_fence_longer_than_what_is_in_it(text: str, shown: str) -> None:
    assert code(text) == shown


@given(st.text())
def test_nothing_ends_a_block_before_its_end(text: str) -> None:
    first, *rest = block(text, "diff").split("\n")
    fence = first.removesuffix("diff")
    assert fence in rest[-1]
    assert all(fence not in line for line in rest[:-1])


def test_a_title_holds_no_tag() -> None:
    assert folded("a</summary><b>", "x") == "<details><summary>a&lt;/summary&gt;&lt;b&gt;</summary>\n\nx\n\n</details>"


def test_every_row_has_the_columns_of_the_head() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
