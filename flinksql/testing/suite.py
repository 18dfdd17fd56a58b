"""Many tests: which of them, and side by side."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from flinksql.testing.bundles import BundleReader
from flinksql.testing.flink import Schemas, TestFlink
from flinksql.testing.model_server import model_server
from flinksql.testing.reading import Test
from flinksql.testing.running import Laboratory, Outcome

AT_ONCE = 4
"""Tests that run at one time: planning and running are computing, and more only wait for the machine's cores."""
_WORD = re.compile(r"\(|\)|[^\s()]+")


@contextmanager
def laboratory(flink: TestFlink, root: Path) -> Iterator[Laboratory]:
    """Prepare what tests share, for as long as the block lasts. Files are named relative to `root`."""
    with model_server() as models:
        yield Laboratory(flink=flink, schemas=Schemas(folder=flink.folder / "schemas"), models=models, bundles=BundleReader(root=root))


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
    keep = _matcher(expression) if expression else lambda _: True
    return [one for one in tests if _fits(one, pattern) and keep(_names(one))]


def _names(test: Test) -> str:
    return f"{test.id} {' '.join(test.case.statement)}".lower()


def _fits(test: Test, pattern: str) -> bool:
    if not pattern:
        return True
    if "*" in pattern or "?" in pattern:
        return any(fnmatchcase(one, pattern) for one in (test.id, test.case.name, test.file.stem, *test.case.statement))
    return pattern.lower() in f"{_names(test)} {test.shown}"


def _matcher(expression: str) -> Callable[[str], bool]:
    words = _WORD.findall(expression)
    place = 0

    def peek() -> str:
        return words[place] if place < len(words) else ""

    def take() -> str:
        nonlocal place
        place += 1
        return words[place - 1]

    def either() -> Callable[[str], bool]:
        first = both()
        while peek() == "or":
            take()
            first = _either(first, both())
        return first

    def both() -> Callable[[str], bool]:
        first = single()
        while peek() == "and":
            take()
            first = _both(first, single())
        return first

    def single() -> Callable[[str], bool]:
        if peek() == "not":
            take()
            return _none(single())
        if peek() == "(":
            take()
            inner = either()
            if peek() != ")":
                raise ValueError("a parenthesis is not closed")
            take()
            return inner
        if peek() in {"", ")", "and", "or"}:
            raise ValueError(f"a word is missing before {peek() or 'the end'!r}")
        return _contains(take().lower())

    found = either()
    if place < len(words):
        raise ValueError(f"{peek()!r} stands where `and` or `or` is expected")
    return found


def _either(first: Callable[[str], bool], second: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda names: first(names) or second(names)


def _both(first: Callable[[str], bool], second: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda names: first(names) and second(names)


def _none(inner: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda names: not inner(names)


def _contains(word: str) -> Callable[[str], bool]:
    return lambda names: word in names
