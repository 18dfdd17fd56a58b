"""A plugin of pytest that runs each mutant in a fork of a process that has collected the tests: `-p tests.mutation.runner`.

Of a mutant run the tests that reached its function without it, those that killed most first, up to `--budget` seconds. A test that fails
and is slow is run a second time: on a busy machine a time limit is no proof. What stands in `--results` already is not run again.
"""

# ruff: noqa: ANN401  # arguments and results of whatever is mutated

import functools
import gc
import inspect
import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from _pytest.runner import runtestprotocol

SLOW_SECONDS = 0.3
LEAST_SECONDS = 0.01
"""What a test costs beside what it does."""
Answer = dict[str, Any]
Table = Mapping[str, Callable[..., Any]]


class _Mutation:
    """Which mutant is on, and which functions were reached."""

    active = ""
    reached: set[str] = set()  # noqa: RUF012  # one for the process


def wrap_in_trampoline(table: Table, is_classmethod: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Stand in for mutmut's decorator of this name, which the mutated modules import."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def chosen(arguments: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            original = table["_mutmut_orig"]
            _Mutation.reached.add(f"{function.__module__}.{original.__name__.removesuffix('__mutmut_orig')}")
            module, _, name = _Mutation.active.rpartition(".")
            one = table.get(name, original) if module == function.__module__ else original
            return (getattr(arguments[0], one.__name__), arguments[1:]) if is_classmethod else (one, arguments)

        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def run_generator(*arguments: Any, **named: Any) -> Any:
                one, rest = chosen(arguments)
                return (yield from one(*rest, **named))

            return run_generator

        @functools.wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            one, rest = chosen(arguments)
            return one(*rest, **named)

        return run

    return wrap


def _stand_in() -> None:
    for name in ("mutmut", "mutmut.mutation", "mutmut.mutation.trampoline"):
        sys.modules[name] = ModuleType(name)
    module = sys.modules["mutmut.mutation.trampoline"]
    vars(module).update(wrap_in_trampoline=wrap_in_trampoline, MutantDict=Annotated[dict[str, Any], "mutants"])


_stand_in()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which mutants run, and for how long."""
    parser.addoption("--mutants", type=Path, help="what write_mutants.py wrote")
    parser.addoption("--results", type=Path, help="one JSON object a line for each mutant; tests and what they reach stand beside it")
    parser.addoption("--only", default="", help="beginnings of names of mutants, with commas")
    parser.addoption("--texts", action="store_true", help="the mutants that change texts alone, in place of the others")
    parser.addoption("--again", type=Path, help="results of an earlier run: only mutants that survived it or that no test of it reached")
    parser.addoption("--sample", type=int, default=0, help="so many of them in random order; a larger sample begins with the smaller one")
    parser.addoption("--seed", type=int, default=15)
    parser.addoption("--budget", type=float, default=20.0, help="seconds of tests a mutant")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run mutants in place of the tests."""
    options = session.config.option
    tests = {item.nodeid: item for item in session.items if not any(item.iter_markers("real"))}
    mutants = json.loads(options.mutants.read_text(encoding="utf-8"))
    reach = _reach(options.results.with_suffix(".tests"), tests)
    chosen = [name for name, one in mutants.items() if one["is_text"] == options.texts and name.startswith(tuple(options.only.split(",")))]
    if options.again:
        again = _survivors(options.again)
        chosen = [name for name in chosen if name in again]
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, len(chosen))[: options.sample]
    rows = [json.loads(line) for line in options.results.read_text(encoding="utf-8").splitlines()] if options.results.exists() else []
    done = {row["mutant"] for row in rows}
    kills = _Kills()
    for row in rows:
        kills.count(mutants[row["mutant"]]["function"], row)
    gc.collect()
    gc.freeze()
    with options.results.open("a", encoding="utf-8") as results:
        for mutant in chosen:
            if mutant in done:
                continue
            function = mutants[mutant]["function"]
            covering = [name for name, one in reach.items() if name in tests and not one["failed"] and function in one["reached"]]
            covering.sort(key=lambda name: kills.order(function, name, reach[name]["seconds"]))  # used at once
            row = _run(mutant, [tests[name] for name in covering], reach, options.budget)
            kills.count(function, row)
            results.write(json.dumps({"mutant": mutant, **row}) + "\n")
            results.flush()
    return True


class _Kills:
    """Counts which tests killed mutants: what killed one of a function comes first for the next, then what kills much in little time."""

    def __init__(self) -> None:
        self._of_function = Counter[tuple[str, str]]()
        self._of_all = Counter[str]()

    def count(self, function: str, row: Answer) -> None:
        self._of_function[function, row.get("by", "")] += 1
        self._of_all[row.get("by", "")] += 1

    def order(self, function: str, test: str, seconds: float) -> tuple[float, ...]:
        return -self._of_function[function, test], -(self._of_all[test] + 0.1) / max(seconds, LEAST_SECONDS)


def _survivors(results: Path) -> set[str]:
    rows = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {row["mutant"] for row in rows if row["status"] in {"survived", "not reached"}}


def _run(mutant: str, tests: Sequence[pytest.Item], reach: Mapping[str, Answer], budget: float) -> Answer:
    """Return what becomes of a mutant. `left_out` are tests that the budget had no room for."""
    within, seconds = _within(tests, reach, budget)
    row: Answer = {"left_out": len(tests) - len(within), "status": "survived" if within else "not reached"}
    limit = 15 + 2.5 * seconds
    while within:
        answer = _forked(functools.partial(_first_failure, within, mutant), limit)
        if answer is None:
            return {**row, "status": "timed out"}
        if "error" in answer:
            return {**row, "status": "killed", "by": answer["error"]}
        if not answer:
            break
        place = [test.nodeid for test in within].index(answer["by"])
        alone = functools.partial(_first_failure, within[place : place + 1], mutant)
        if reach[answer["by"]]["seconds"] < SLOW_SECONDS or _forked(alone, limit) != {}:
            return {**row, "status": "killed", **answer}
        within = within[place + 1 :]
    return row


def _within(tests: Sequence[pytest.Item], reach: Mapping[str, Answer], budget: float) -> tuple[Sequence[pytest.Item], float]:
    """Return the first tests that the budget has room for, one at least, and how long they take."""
    ends = list(accumulate(reach[test.nodeid]["seconds"] for test in tests))
    count = max(sum(end <= budget for end in ends), min(1, len(tests)))
    return tests[:count], ends[count - 1] if count else 0.0


def _first_failure(tests: Sequence[pytest.Item], mutant: str) -> Answer:
    _Mutation.active = mutant
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(test, log=False, nextitem=following)):
            return {"by": test.nodeid}
    return {}


def _reach(kept: Path, tests: Mapping[str, pytest.Item]) -> Mapping[str, Answer]:
    """Return for each test how long it takes, which functions it reaches, and whether it fails without a mutant."""
    if not kept.exists():
        found = _forked(functools.partial(_reached, list(tests.values())), 3600)
        kept.write_text(json.dumps(found), encoding="utf-8")
    answer: Mapping[str, Answer] = json.loads(kept.read_text(encoding="utf-8"))
    return answer


def _reached(tests: Sequence[pytest.Item]) -> Answer:
    table: Answer = {}
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        _Mutation.reached.clear()
        begin = time.monotonic()
        reports = runtestprotocol(test, log=False, nextitem=following)
        failed = any(report.failed for report in reports)
        table[test.nodeid] = {"seconds": time.monotonic() - begin, "reached": sorted(_Mutation.reached), "failed": failed}
    return table


def _forked(work: Callable[[], Answer], seconds: float) -> Answer | None:
    """Return what `work` answers in a child of this process; None when it takes too long."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(work, read, write)
    os.close(write)
    told, end = b"", time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([read], [], [], max(0.0, end - time.monotonic()))
        part = os.read(read, 1 << 20) if ready else b""
        told += part
        if not part:
            break
    os.close(read)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json.loads(told or b'{"error": "the process died"}') if ready else None


def _answer(work: Callable[[], Answer], read: int, write: int) -> None:
    os.setsid()
    os.close(read)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    try:
        told = json.dumps(work())
    except BaseException as error:  # noqa: BLE001  # a mutant may raise anything
        told = json.dumps({"error": repr(error)})
    with os.fdopen(write, "w") as out:
        out.write(told)
    os._exit(0)
