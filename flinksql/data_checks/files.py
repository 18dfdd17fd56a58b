"""The files of checks: `<bundle>/checks/<name>.sql`, each a query that must give no row, with its options as lines before it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flinksql.errors import BundleError, StatementError
from flinksql.sql.place import problem_at
from flinksql.sql.reader import CHECKS, SUFFIX, shown_path
from flinksql.sql.tokens import TokenisedText, tokenise
from flinksql.statement import Position

EVERYTHING = 0
"""The sample that is all that a topic holds."""
DEFAULT_SAMPLE = 10_000
DEFAULT_SECONDS = 120
_LONGEST_SECONDS = 3_600
_LARGEST_SAMPLE = 1_000_000_000
_OPTION = re.compile(r"--[ \t]*(?P<key>[a-z_]+)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*")
_STARTS = ("SELECT", "WITH")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query that must give no row.

    `sample` is how many of the newest records of each partition it reads, EVERYTHING for all; `seconds` how long it may take. `meaning` is
    the comment before the query. `file` is the file in messages.
    """

    name: str
    text: str
    file: str
    meaning: str = ""
    sample: int = DEFAULT_SAMPLE
    seconds: int = DEFAULT_SECONDS

    @property
    def position(self) -> Position:
        """Where its query begins."""
        tokens = tokenise(self.text, self.file).tokens
        return (
            Position(file=self.file, line=tokens[0].line, column=tokens[0].column) if tokens else Position(file=self.file, line=1, column=1)
        )


def sample_of(value: str) -> int:
    """Read a sample: a number of records, or `all`. Raises ValueError."""
    if value == "all":
        return EVERYTHING
    number = _number(value, _LARGEST_SAMPLE)
    if number is None:
        raise ValueError(f"a sample is a number of records of each partition, from 1 to {_LARGEST_SAMPLE}, or `all`")
    return number


def read_checks(bundle: Path, root: Path) -> list[Check]:
    """Read the checks of a bundle in the order of their names. Raises BundleError with every mistake of every file."""
    found: list[Check] = []
    problems: list[StatementError] = []
    for file in sorted((bundle / CHECKS).glob(f"*{SUFFIX}")):
        shown = shown_path(file, root)
        try:
            found.append(_read(file.stem, file.read_text(encoding="utf-8-sig"), shown))
        except StatementError as error:
            problems.append(error)
        except (OSError, UnicodeDecodeError) as error:
            message = f"the check cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
            problems.append(StatementError(message, position=Position(file=shown, line=1, column=1)))
    if problems:
        raise BundleError(problems)
    return found


def _read(name: str, text: str, shown: str) -> Check:
    tokenised = tokenise(text, shown)
    tokens = tokenised.tokens
    if not tokens:
        raise problem_at(text, 0, shown, "this check is empty: write a SELECT that gives the rows that must not be there")
    if not tokens[0].is_word(*_STARTS):
        raise problem_at(text, tokens[0].start, shown, "a check is a query that must give no row: it begins with SELECT or WITH")
    end = next((index for index, token in enumerate(tokens) if token.text == ";"), len(tokens))
    if end + 1 < len(tokens):
        raise problem_at(text, tokens[end + 1].start, shown, "a file holds one check: move this one to a file of its own")
    meaning, options = _comments(tokenised, tokens[0].start)
    given: dict[str, int] = {}
    for offset, key, value in options:
        if key in given:
            raise problem_at(text, offset, shown, f"{key} stands twice: remove one of the two")
        try:
            given[key] = _OPTIONS[key](value)
        except ValueError as error:
            raise problem_at(text, offset, shown, f"{key} is {value!r}: {error}") from None
    return Check(name=name, text=text, file=shown, meaning=meaning, **given)


def _comments(tokenised: TokenisedText, end: int) -> tuple[str, list[tuple[int, str, str]]]:
    """Return what the comments before the query say, and the options among them: offset, key and value of each."""
    meaning: list[str] = []
    options: list[tuple[int, str, str]] = []
    for comment in tokenised.comments:
        if comment.start > end:
            break
        option = _OPTION.fullmatch(comment.text)
        if option and option["key"] in _OPTIONS:
            options.append((comment.start, option["key"], option["value"]))
        else:
            meaning.append(comment.text.removeprefix("--").removeprefix("/*").removesuffix("*/").strip())
    return " ".join(meaning), options


def _seconds(value: str) -> int:
    number = _number(value, _LONGEST_SECONDS)
    if number is None:
        raise ValueError(f"it is a number of seconds from 1 to {_LONGEST_SECONDS}")
    return number


def _number(value: str, largest: int) -> int | None:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) <= len(str(largest)) else 0
    return number if 1 <= number <= largest else None


_OPTIONS: Mapping[str, Callable[[str], int]] = {"sample": sample_of, "seconds": _seconds}
"""The options of a check, by their keys."""
