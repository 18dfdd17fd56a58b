"""Reading a service's log for people: the cause of a failure in one line instead of a stack trace."""

import re
from pathlib import Path

_TAIL_BYTES = 256 * 1024
_LONGEST = 400

_PLAIN_CAUSES = re.compile(
    r"(java\.lang\.OutOfMemoryError.*|SIG(?:BUS|SEGV|ILL) \(.*"
    r"|.*Address already in use.*|.*No space left on device.*|.*Could not reserve enough space.*)"
)
_CAUSE = re.compile(r"^Caused by: (.+)$")
_EXCEPTION = re.compile(r"^(?:Exception in thread \"[^\"]*\" )?((?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error)(?::.*)?)$")
_COMPLAINT = re.compile(r"\b(?:ERROR|FATAL|CRITICAL)\b:?\s+(.+)$")


def root_cause(log: Path, *, since: int = 0) -> str:
    """Find in its log why a service failed. Read from byte `since` on, or from the start if the log was rotated meanwhile."""
    try:
        size = log.stat().st_size
        with log.open("rb") as file:
            file.seek(max(since if since <= size else 0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        text = ""
    return root_cause_of(text)


def root_cause_of(text: str) -> str:
    """Find the line that explains a failure.

    Prefer out of memory, a taken port or a full disk; then the innermost cause; then the last line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for pattern in (_PLAIN_CAUSES, _CAUSE, _EXCEPTION, _COMPLAINT):
        found = [match[1] for line in lines if (match := pattern.search(line))]
        if found:
            return _shorten(found[-1])
    return _shorten(lines[-1]) if lines else "it wrote nothing to its log"


def log_size(log: Path) -> int:
    """Return the size of a log in bytes, 0 if there is none: the position from which a new start writes."""
    try:
        return log.stat().st_size
    except OSError:
        return 0


def _shorten(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
