"""`python -m lint.names`: refuse names of modules, classes and functions that contain a word of our own making.

A reader who knows Flink, Kafka, Kubernetes and Pulumi must understand a name without learning a language first. A new word goes into WORDS,
with what to write instead. LEFT holds the names that stay for a reason.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType

NOT_PRODUCT = frozenset({"tests"})
"""Top-level folders that are not read, beside hidden ones."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "advised": "with_advice",
        "companion": "what it is: helper, sidecar, second process",
        "cure": "advice, fix",
        "cures": "advice, fixes",
        "doomed": "failing, cannot_start",
        "doorkeeper": "guard, authenticator",
        "gathered": "accumulated, collected",
        "hands": "submit, pass, give",
        "heard": "reachable, answered",
        "look": "read, observe, inspect",
        "looked": "read, observed",
        "looks": "reads, observes",
        "meant": "nearest, intended",
        "mistake": "error, problem",
        "mistakes": "errors, problems",
        "purse": "budget",
        "remedies": "advice, fixes",
        "remedy": "advice, fix",
        "ring": "layer",
        "rings": "layers",
        "room": "space, package",
        "saw": "observed",
        "saying": "message",
        "settle": "stabilize, wait_until_stable",
        "settled": "stable",
        "settling": "stabilizing",
        "side": "what it is: job, implementation, input",
        "sides": "what they are: jobs, implementations, inputs",
        "speak": "describe, message",
        "speech": "messages",
        "spoilt": "damaged, corrupt",
        "spoken": "message, describe",
        "takeover": "adoption, restore",
        "tell": "message, describe, is_...",
        "telling": "relevant, describing",
        "told": "message, describe, reported",
        "vouched": "verified",
        "went": "exited, lost",
        "worded": "described, formatted",
        "words": "message, keywords, text",
    }
)
"""The home-made word, and what to use instead."""

PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "go_on": "resume, restore, continue",
        "going_on": "resuming, continuing",
        "let_go": "release",
        "look_back": "history, previous",
        "taken_over": "adopted",
        "takes_over": "adopts, inherits",
    }
)
"""The same for words that are home-made together only."""

LEFT: frozenset[str] = frozenset({"_told"})
"""Names that stay. Only ever shortened: an entry that no name needs is reported as well.

`_told` is in the script that pulls models: the name of a Job in the cluster follows from the script's text, so an edit pulls them again.
"""

_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A name with a banned word. `line` counts from 1, 1 for a module."""

    file: Path
    line: int
    name: str
    word: str

    def __str__(self) -> str:
        instead = WORDS.get(self.word) or PHRASES[self.word]
        return f"{self.file}:{self.line}: {self.name}: the word `{self.word.replace('_', ' ')}` is of our own making, use {instead} instead"


def main(folder: Path = Path()) -> int:
    """Print every hit and every entry of LEFT that is needed no more; return the exit code."""
    found = list(chain.from_iterable(hits(path, path.relative_to(folder)) for path in sources(folder)))
    problems = [str(hit) for hit in found if hit.name not in LEFT]
    problems += [f"{__file__}:1: LEFT: no name `{name}` is left: remove the entry" for name in sorted(LEFT - {hit.name for hit in found})]
    for problem in problems:
        print(problem)
    return min(len(problems), 1)


def sources(folder: Path) -> list[Path]:
    """Return the Python files of the product: all below the folders that are neither hidden nor NOT_PRODUCT."""
    tops = [top for top in folder.iterdir() if top.is_dir() and top.name not in NOT_PRODUCT and not top.name.startswith(".")]
    return sorted(path for top in tops for path in top.rglob("*.py"))


def hits(path: Path, shown: Path) -> Iterator[Hit]:
    """Yield the module, classes and functions of a file whose names contain a banned word."""
    names = [(shown.parent.name if path.stem == "__init__" else path.stem, 1)]
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names += [(node.name, node.lineno) for node in tree if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    for name, line in names:
        for word in banned(name):
            yield Hit(file=shown, line=line, name=name, word=word)


def banned(name: str) -> Sequence[str]:
    """Return the banned words in a name, in snake case or camel case."""
    parts = [part.lower() for part in _PART.findall(name)]
    joined = "_".join(["", *parts, ""])
    return [part for part in parts if part in WORDS] + [phrase for phrase in PHRASES if f"_{phrase}_" in joined]


if __name__ == "__main__":
    sys.exit(main())
