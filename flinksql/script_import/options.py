"""What a script's SET and RESET mean in a bundle, where no session outlives a statement: options in the headers of the jobs after them."""

import re
from dataclasses import dataclass

from flinksql.script_import.outcome import Fate
from flinksql.script_import.split import Piece
from flinksql.sql.flink_options import OPTIONS, checked_option, is_flink_option
from flinksql.sql.header import KEYS, Header
from flinksql.sql.tokens import TokenKind

_PARALLELISM = ("parallelism.default", "table.exec.resource.default-parallelism")
_NO_PARALLELISM = "-1"
_INTERVAL = "execution.checkpointing.interval"
_RUNTIME_MODE = "execution.runtime-mode"
_RESTORE = ("execution.savepoint.path", "execution.state-recovery.path")
_SPAN = re.compile(r"(?P<number>\d+)\s*(?P<unit>ms|milliseconds?|millis?|s|secs?|seconds?|m|min|minutes?|h|hours?|d|days?)?", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHORTEST_UNIT = "ms"

_REASONS: tuple[tuple[str, Fate, str], ...] = (
    ("sql-client.", Fate.NOT_NEEDED, "it is about the SQL client's screen: `tail` and `watch` show rows"),
    ("pipeline.name", Fate.NOT_NEEDED, "a job is named after project, stack and statement, so that it is found again"),
    ("table.dml-sync", Fate.NOT_NEEDED, "`up` waits for jobs that say `-- kind: bounded`, and for no others"),
    ("table.sql-dialect", Fate.NOT_NEEDED, "a bundle is always in Flink's own dialect"),
    ("client.statement-name", Fate.NOT_NEEDED, "a statement has the name of its file"),
    (
        "sql.state-ttl",
        Fate.LEFT_OUT,
        "it is Confluent Cloud's option: Flink's own is table.exec.state.ttl, for the headers of jobs",
    ),
    ("sql.local-time-zone", Fate.LEFT_OUT, "it is Confluent Cloud's option: Flink's own is table.local-time-zone, for the headers of jobs"),
    ("sql.current-", Fate.NOT_NEEDED, "it is Confluent Cloud's form of USE, and all objects of a bundle are in one database"),
    ("execution.target", Fate.NOT_NEEDED, "where jobs run is what the stack's platform says"),
    ("execution.attached", Fate.NOT_NEEDED, "`up` submits every job detached and looks after it"),
    (
        "execution.checkpointing.",
        Fate.LEFT_OUT,
        "it belongs to the platform, which sets it for every job: docs/reference/settings.md has what can be set",
    ),
    ("state.", Fate.LEFT_OUT, "it belongs to the platform, which sets it for every job: docs/reference/settings.md has what can be set"),
    ("restart-strategy", Fate.LEFT_OUT, "it belongs to the platform, which sets it for every job"),
    ("taskmanager.", Fate.LEFT_OUT, "it is of Flink's processes: docs/reference/settings.md has memory and slots"),
    ("jobmanager.", Fate.LEFT_OUT, "it is of Flink's processes: docs/reference/settings.md has memory and slots"),
)


@dataclass(frozen=True, kw_only=True)
class SessionOption:
    """What became of one SET: a header's line, or the reason why there is none."""

    key: str = ""
    line: str = ""
    fate: Fate = Fate.NOT_NEEDED
    why: str = ""


def assignment(piece: Piece) -> tuple[str, str] | None:
    """Return key and value of a `SET 'key' = 'value'`, quoted or not; None for a SET that only shows."""
    tokens = piece.tokens[1:]
    equals = next((number for number, token in enumerate(tokens) if token.text == "="), 0)
    if not equals:
        return None
    return _text(piece, 1, equals), _text(piece, equals + 2, len(tokens))


def reset_key(piece: Piece) -> str:
    """Return the key that a RESET names, empty for all."""
    return canonical(_text(piece, 1, len(piece.tokens) - 1))


def canonical(key: str) -> str:
    """Return the one key for several that mean the same line of a header."""
    return _PARALLELISM[0] if key in _PARALLELISM else key


def _text(piece: Piece, start: int, last: int) -> str:
    """Return what the tokens from `start` to `last` say: the text of one in quotes, else what is written."""
    tokens = piece.tokens[start : last + 1]
    if not tokens:
        return ""
    if len(tokens) == 1 and tokens[0].kind is not TokenKind.WORD:
        return tokens[0].value
    return piece.script.text[tokens[0].start : tokens[-1].end]


def session_option(key: str, value: str) -> SessionOption:
    """Return what a SET means for the jobs after it."""
    if key == _PARALLELISM[1] and value.strip() == _NO_PARALLELISM:
        return SessionOption(key=_PARALLELISM[0], why="it is what Flink does anyway: the job has the stack's flink.parallelism")
    if key in _PARALLELISM:
        return _line(_PARALLELISM[0], "parallelism", value)
    if key == _INTERVAL and (seconds := _seconds(value)):
        return _line(key, "checkpoint_interval_seconds", str(seconds))
    if key == _RUNTIME_MODE:
        return _runtime_mode(key, value)
    if key in OPTIONS:
        return _flink_option(key, value)
    return _reason(key, value)


def _line(key: str, ours: str, value: str) -> SessionOption:
    """Return the line of a header for an option of ours; why there is none where its value is none that a header can have."""
    try:
        KEYS[ours](Header(), value)
    except ValueError as error:
        return SessionOption(key=key, fate=Fate.LEFT_OUT, why=f"{ours} cannot be {value!r} in a header: {error}")
    return SessionOption(key=key, line=f"{ours}: {value}", fate=Fate.OPTION)


def _reason(key: str, value: str) -> SessionOption:
    """Return why no header has an option."""
    if key in _RESTORE:
        why = f"a restore is for one job, once: write `-- restore_from: {value}` into the header of the job that it is of"
        return SessionOption(key=key, fate=Fate.LEFT_OUT, why=why)
    for beginning, fate, why in _REASONS:
        if key.startswith(beginning):
            return SessionOption(key=key, fate=fate, why=why)
    known = "is not for one job to set" if is_flink_option(key) else "is no option that Flink 2.1 to 2.3 have for a job"
    return SessionOption(key=key, fate=Fate.LEFT_OUT, why=f"{key} {known}")


def _runtime_mode(key: str, value: str) -> SessionOption:
    if value.lower() == "streaming":
        return SessionOption(key=key, why="every job of a bundle is a streaming job")
    why = "every job of a bundle is a streaming job: one that ends by itself has `-- kind: bounded` in its header"
    return SessionOption(key=key, fate=Fate.LEFT_OUT, why=why)


def _flink_option(key: str, value: str) -> SessionOption:
    try:
        checked_option(key, value)
    except ValueError as error:
        return SessionOption(key=key, fate=Fate.LEFT_OUT, why=f"{key}: {error}")
    return SessionOption(key=key, line=f"{key}: {value}", fate=Fate.OPTION)


def _seconds(value: str) -> int:
    """Return a time span in whole seconds, 0 for one that has none. A number alone is milliseconds, as Flink takes it."""
    match = _SPAN.fullmatch(value.strip())
    if match is None:
        return 0
    unit = (match["unit"] or _SHORTEST_UNIT).lower()
    if unit.startswith(("ms", "mill")):
        return -(-int(match["number"]) // 1000)
    return int(match["number"]) * _SECONDS[unit[0]]
