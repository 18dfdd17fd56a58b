"""SQL with its placeholders filled in, which still knows where each part stands in the file."""

from bisect import bisect_right
from dataclasses import dataclass

from flinksql.errors import StatementError
from flinksql.sql.place import position_at, problem_at
from flinksql.statement import Position


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A run of rendered text that begins at `start` and comes from `source` in the file.

    A copied run maps character by character; a value maps as a whole to the start of its placeholder.
    """

    start: int
    source: int
    copied: bool


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The SQL of one file, ready for Flink (without the trailing `;`), and the way back to the file's text."""

    sql: str
    file: str
    text: str
    segments: tuple[Segment, ...]

    def source_offset(self, offset: int) -> int:
        """Return the offset in the file's text that an offset in `sql` comes from."""
        offset = min(max(offset, 0), len(self.sql))
        index = bisect_right(self.segments, offset, key=lambda segment: segment.start) - 1
        if index < 0:
            return 0
        segment = self.segments[index]
        return segment.source + (offset - segment.start if segment.copied else 0)

    def position(self, offset: int) -> Position:
        """Return the place in the file that an offset in `sql` comes from."""
        return position_at(self.text, self.source_offset(offset), self.file)

    def problem(self, offset: int, message: str) -> StatementError:
        """Return the error that says `message` at an offset in `sql`, with the file's own line."""
        return problem_at(self.text, self.source_offset(offset), self.file, message)
