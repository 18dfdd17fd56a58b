"""The golden set: contexts with what a good summary of each must say."""

import json
from dataclasses import dataclass
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode

SENTIMENTS = ("positive", "negative", "mixed", "neutral")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One context. Each of `facts` is a list of spellings, one of which must occur; none of `absent` may.

    `kind` groups cases: plain ones, sarcasm, other languages, instructions in reviews.
    """

    id: str
    kind: str
    reviews: tuple[tuple[int, str], ...]
    sentiment: str
    facts: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the pipeline sends: `chosen_reviews.sql` makes it the same way."""
        entries = [{"rating": rating, "review": review} for rating, review in self.reviews]
        return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def read_golden(file: Path) -> list[Case]:
    """Read one JSON object a line. Raises ConsoleError that names the line."""
    cases: list[Case] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConsoleError(f"{file} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                cases.append(_case(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ConsoleError(f"{file.name}:{number}: this is no case of a golden set ({error!r})", exit_code=ExitCode.USAGE) from None
    if not cases:
        raise ConsoleError(f"{file} holds no cases", exit_code=ExitCode.USAGE)
    return cases


def _case(line: str) -> Case:
    told = json.loads(line)
    if told["sentiment"] not in SENTIMENTS:
        raise ValueError(told["sentiment"])
    return Case(
        id=str(told["id"]),
        kind=str(told["kind"]),
        reviews=tuple((int(one["rating"]), str(one["review"])) for one in told["reviews"]),
        sentiment=told["sentiment"],
        facts=tuple(tuple(str(spelling) for spelling in fact) for fact in told["facts"]),
        absent=tuple(map(str, told.get("absent", ()))),
    )
