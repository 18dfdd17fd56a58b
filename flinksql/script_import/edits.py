"""Replacements in the text of a script."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Edits:
    """Replacements in a script's text, by offsets. None overlaps another."""

    made: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text in place of what stands from `start` to before `end`."""
        self.made.append((start, end, text))

    def applied(self, text: str, start: int, end: int) -> str:
        """Return what stands from `start` to before `end`, with the edits in it."""
        pieces: list[str] = []
        at = start
        for begin, stop, new in sorted(self.made):
            if at <= begin and stop <= end:
                pieces += [text[at:begin], new]
                at = stop
        return "".join([*pieces, text[at:end]])

    def origin(self, offset: int, start: int) -> int:
        """Return where a place in the result of `applied`, from `start` on, stood before."""
        shift = 0
        for begin, stop, new in sorted(one for one in self.made if one[0] >= start):
            if begin - start + shift + len(new) > offset:
                break
            shift += len(new) - (stop - begin)
        return start + offset - shift
