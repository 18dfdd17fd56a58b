"""What this machine tried: a line when something begins, another when it ends. A beginning without an end was interrupted.

A statement's state is written only when its change succeeded. So failed and killed runs stand here, in the data folder, until the next
success takes them along into the state.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

from components.statement_history import Entry, Outcome, entry_of
from embedded.data_folder import write_atomically
from embedded.locks import file_lock

FOLDER = "history"
MOST_BYTES = 512_000
"""A longer journal loses its older half."""
_LOCK_SECONDS = 10.0
_PROCESS = "process"
_IN_THIS_PROCESS = Lock()
"""Threads wait for each other here: on the file's lock they would ask again and again."""


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The journal of one stack. Safe to use from several threads and processes."""

    file: Path

    def write(self, entry: Entry) -> None:
        """Add a line. Raises EmbeddedError or OSError when the data folder cannot be written."""
        line = json.dumps({**replace(entry, version="").plain(), _PROCESS: _process()}, ensure_ascii=False)
        with _IN_THIS_PROCESS, file_lock(self.file.with_suffix(".lock"), timeout_seconds=_LOCK_SECONDS):
            self._shorten()
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")

    def entries(self) -> list[Entry]:
        """Return what was tried, in the order in which it began. What has no end and whose process is gone was interrupted."""
        found: dict[str, Entry] = {}
        for plain in self._lines():
            entry = entry_of(plain)
            if entry is None:
                continue
            ended = entry.outcome != Outcome.RUNNING or plain.get(_PROCESS) == _process_of(plain.get(_PROCESS))
            found[entry.id] = entry if ended else replace(entry, outcome=Outcome.INTERRUPTED)
        return list(found.values())

    def unrecorded(self, statement: str) -> list[Entry]:
        """Return what the state does not have yet: what was tried in vain since a change last succeeded, and savepoints since then."""
        unrecorded: list[Entry] = []
        for entry in self.entries():
            if entry.statement != statement:
                continue
            if entry.outcome == Outcome.DONE and not entry.is_of_savepoints:
                unrecorded = []
            elif entry.outcome in {Outcome.FAILED, Outcome.INTERRUPTED, Outcome.DONE}:
                unrecorded.append(entry)
        return unrecorded

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            text = self.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        for line in text.splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue  # cut off by a machine that lost power
            if isinstance(found, dict):
                yield found

    def _shorten(self) -> None:
        try:
            if self.file.stat().st_size <= MOST_BYTES:
                return
        except FileNotFoundError:
            return
        lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        write_atomically(self.file, "".join(lines[len(lines) // 2 :]), mode=0o600)


def journal_of(data_folder: Path, stack: str) -> Journal:
    """Return the journal of a stack. `stack` is `<project>/<stack>`: several programs may share a data folder."""
    return Journal(file=data_folder / FOLDER / f"{stack.replace('/', '.')}.jsonl")


def _process() -> str:
    """Return what tells this process from every other one, also from a later one with its number."""
    return f"{os.getpid()} {psutil.Process().create_time():.2f}"


def _process_of(mark: object) -> str:
    """Return the mark of the process that has the number now; empty when there is none."""
    try:
        return f"{int(str(mark).partition(' ')[0])} {psutil.Process(int(str(mark).partition(' ')[0])).create_time():.2f}"
    except (psutil.Error, ValueError):
        return ""
