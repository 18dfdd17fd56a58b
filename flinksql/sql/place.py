"""Places in a text: from an offset to a line and column, and the excerpt that a message shows."""

from bisect import bisect_right
from collections.abc import Sequence

from flinksql.errors import StatementError
from flinksql.sql.text_cache import cached_unless_confidential
from flinksql.statement import Position

EXCERPT_WIDTH = 120
"""Characters of a line that a message shows: a prompt in a model's options can be a single line of thousands."""

LAST_OF_BASIC_PLANE = 0xFFFF


@cached_unless_confidential(maxsize=64)
def line_starts(text: str) -> tuple[int, ...]:
    r"""Return the offset at which each line begins; lines end with `\n`, `\r` or `\r\n`, as Flink's own lexer counts them."""
    starts = [0]
    for index, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return tuple(starts)


def position_at(text: str, offset: int, file: str, starts: Sequence[int] = ()) -> Position:
    """Return the line and column (both from 1, in characters) of an offset; an offset outside the text becomes its nearest end.

    `starts` are the text's lines, for who asks often.
    """
    offset = min(max(offset, 0), len(text))
    starts = starts or line_starts(text)
    line = bisect_right(starts, offset)
    return Position(file=file, line=line, column=offset - starts[line - 1] + 1)


def offset_at(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column as Flink tells them, both from 1; a place outside the text becomes its nearest end.

    Flink counts UTF-16 units (Java characters), so a character beyond the basic plane, such as an emoji, takes two columns.
    """
    starts = line_starts(text)
    if line > len(starts):
        return len(text)
    begin = starts[max(line, 1) - 1]
    end = starts[line] if 0 < line < len(starts) else len(text)
    units = 1
    for offset in range(begin, end):
        if units >= column:
            return offset
        units += 2 if ord(text[offset]) > LAST_OF_BASIC_PLANE else 1
    return end


def excerpt_at(text: str, position: Position) -> str:
    """Return the line of a position and below it a caret under the column; a long line is cut around the column."""
    starts = line_starts(text)
    begin = starts[position.line - 1]
    line = text[begin : starts[position.line] if position.line < len(starts) else len(text)].rstrip("\r\n")
    first = max(0, position.column - 1 - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    shown = line[first : first + EXCERPT_WIDTH].replace("\t", " ")
    return f"    {shown}\n    {' ' * (position.column - 1 - first)}^"


def problem_at(text: str, offset: int, file: str, message: str) -> StatementError:
    """Return the error that says `message` at an offset of a statement's file, with the line it means."""
    position = position_at(text, offset, file)
    return StatementError(message, statement=stem(file), position=position, excerpt=excerpt_at(text, position))


def stem(file: str) -> str:
    """Return the statement's name that a file's name gives."""
    return file.rsplit("/", 1)[-1].removesuffix(".sql")
