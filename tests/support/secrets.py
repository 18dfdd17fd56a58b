"""Secrets that are easy to find again, and everywhere that they could have gone."""

import base64
import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

CANARIES: Mapping[str, str] = {
    "model.apiKey": "canary-api-5b1e'\\7c",
    "secret.MODEL_KEY": "canary-model-93ad'\\f1",
    "secret.PASSWORD": "canary-pass-27'\\q\nsecond-canary-line-81 \"x\" ''",
}
ROTATED: Mapping[str, str] = {"model.apiKey": "later-api-c04d'\\2a", "secret.PASSWORD": "later-pass-8b'\\z"}
"""What some of them are afterwards."""
MARKS = (b"canary-api-5b1e", b"canary-model-93ad", b"canary-pass-27", b"second-canary-line-81", b"later-api-c04d", b"later-pass-8b")
"""Parts that no quoting changes."""
_SAMPLE_SECONDS = 0.1
_CHUNK = 8 * 1024 * 1024


def marks_in(content: bytes) -> list[str]:
    """Return the marks that stand in a content, in the clear or as Base64."""
    encoded = [base64.b64encode(value.encode())[:24] for value in (*CANARIES.values(), *ROTATED.values())]
    return [mark.decode() for mark in (*MARKS, *encoded) if mark in content]


def files_with_marks(*folders: Path) -> dict[str, list[str]]:
    """Return the files below some folders that hold a mark, with which."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            marks = _marks_in_file(path) if path.is_file() and not path.is_symlink() else []
            if marks:
                found[str(path.relative_to(folder))] = marks
    return found


def _marks_in_file(path: Path) -> list[str]:
    found: set[str] = set()
    with contextlib.suppress(OSError), path.open("rb") as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            found.update(marks_in(rest + chunk))
            rest = chunk[-64:]
    return sorted(found)


@dataclass(kw_only=True)
class ProcessWatch:
    """What the command lines and environments of all processes held while somebody looked. `ours` are the marks of this test itself."""

    places: dict[str, list[str]] = field(default_factory=dict)

    def look(self) -> None:
        """Look at every process once."""
        for process in psutil.process_iter():
            for part in ("cmdline", "environ"):
                content = _read(Path(f"/proc/{process.pid}/{part}"))
                marks = marks_in(content)
                if marks and process.pid != os.getpid():
                    self.places.setdefault(f"{part} of {_name(process)}", marks)


@contextlib.contextmanager
def watched_processes() -> Iterator[ProcessWatch]:
    """Look at all processes again and again until the end of the block."""
    watch = ProcessWatch()
    stop = threading.Event()

    def follow() -> None:
        while not stop.wait(_SAMPLE_SECONDS):
            watch.look()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
        watch.look()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[:3])
    except psutil.Error:
        return f"process {process.pid}"


def texts_with_marks(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the texts that hold a mark, with which."""
    found: dict[str, Sequence[str]] = {name: marks_in(text.encode()) for name, text in texts.items()}
    return {name: list(marks) for name, marks in found.items() if marks}
