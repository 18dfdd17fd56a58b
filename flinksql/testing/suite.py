"""Many tests: which of them, and side by side."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from flinksql.testing.bundles import BundleReader
from flinksql.testing.coverage import Probing
from flinksql.testing.flink import Schemas, TestFlink
from flinksql.testing.model_server import model_server
from flinksql.testing.reading import Test
from flinksql.testing.running import Laboratory, Outcome

AT_ONCE = 4
"""Tests that run at one time: planning and running are computing, and more only wait for the machine's cores."""
Matcher = Callable[[str], bool]
_WORD = re.compile(r"\(|\)|[^\s()]+")


@contextmanager
def laboratory(flink: TestFlink, root: Path, *, bundles: BundleReader | None = None, coverage: bool = False) -> Iterator[Laboratory]:
    """Prepare what tests share, for as long as the block lasts. Files are named relative to `root`; `bundles` may be read already.

    With `coverage` the rows of each branch are counted, which takes one more job for each statement of a test.
    """
    with model_server() as models:
        schemas = Schemas(folder=flink.folder / "schemas")
        read = bundles or BundleReader(root=root, jars_folder=flink.jars)
        yield Laboratory(flink=flink, schemas=schemas, models=models, bundles=read, probing=Probing() if coverage else None)


def run_tests(
    lab: Laboratory, tests: Sequence[Test], *, at_once: int = AT_ONCE, done: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Run tests side by side and return their outcomes in the order of the tests. `done` is called for each as it ends."""
    with ThreadPoolExecutor(max(1, min(at_once, len(tests))), thread_name_prefix="sql-test") as pool:
        futures = {pool.submit(lab.run, test): index for index, test in enumerate(tests)}
        outcomes: dict[int, Outcome] = {}
        try:
            for future in as_completed(futures):
                outcomes[futures[future]] = future.result()
                done(outcomes[futures[future]])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [outcomes[index] for index in range(len(tests))]


def chosen(tests: Iterable[Test], pattern: str = "", expression: str = "") -> list[Test]:
    """Return the tests that a pattern and an expression choose.

    A pattern is a part of a test's name, its file or a statement's name, or one with `*`. An expression is one of pytest's: words with
    `and`, `or`, `not` and parentheses. Raises ValueError for one that cannot be read.
    """
    keep = _Expression(expression).matcher() if expression else _everything
    return [one for one in tests if _fits(one, pattern) and keep(_names(one))]


def _everything(_names: str) -> bool:
    return True


def _names(test: Test) -> str:
    return f"{test.id} {' '.join(test.case.statement)}".lower()


def _fits(test: Test, pattern: str) -> bool:
    if not pattern:
        return True
    if "*" in pattern or "?" in pattern:
        return any(fnmatchcase(one, pattern) for one in (test.id, test.case.name, test.file.stem, *test.case.statement))
    return pattern.lower() in f"{_names(test)} {test.shown}"


class _Expression:
    """An expression of words, read from left to right. `not` binds closer than `and`, and `and` closer than `or`."""

    def __init__(self, text: str) -> None:
        self._words = _WORD.findall(text)
        self._place = 0

    def matcher(self) -> Matcher:
        found = self._either()
        if self._next:
            raise ValueError(f"{self._next!r} stands where `and` or `or` is expected")
        return found

    @property
    def _next(self) -> str:
        return self._words[self._place] if self._place < len(self._words) else ""

    def _took(self, word: str) -> bool:
        if self._next != word:
            return False
        self._place += 1
        return True

    def _either(self) -> Matcher:
        parts = [self._both()]
        while self._took("or"):
            parts.append(self._both())
        return lambda names: any(part(names) for part in parts)

    def _both(self) -> Matcher:
        parts = [self._single()]
        while self._took("and"):
            parts.append(self._single())
        return lambda names: all(part(names) for part in parts)

    def _single(self) -> Matcher:
        if self._took("not"):
            inner = self._single()
            return lambda names: not inner(names)
        if self._took("("):
            inner = self._either()
            if not self._took(")"):
                raise ValueError("a parenthesis is not closed")
            return inner
        word = self._next
        if word in {"", ")", "and", "or"}:
            raise ValueError(f"a word is missing before {word or 'the end'!r}")
        self._place += 1
        return lambda names: word.lower() in names
