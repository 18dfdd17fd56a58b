"""What takes the place of a SET: a line in a job's header, a key of the manifest, or a setting of the stack."""

from collections.abc import Sequence

from flinksql.sql.flink_options import checked_option
from flinksql.sql.tokens import Token, TokenKind

_REASON = "SET changes a session, and no session outlives its statement"
_EXAMPLE = (
    "`-- table.exec.state.ttl: 1 h` in the header of the job's file, or `options: {table.exec.state.ttl: 1 h}` in bundle.yaml for all jobs"
)
_STACK = {
    "parallelism.default": ("-- parallelism: {value}", "flink.parallelism"),
    "table.exec.resource.default-parallelism": ("-- parallelism: {value}", "flink.parallelism"),
    "execution.checkpointing.interval": ("-- checkpoint_interval_seconds: 30", "flink.checkpointIntervalSeconds"),
}
"""Options that a header has its own line for, and a stack its own setting."""
_BATCH = "batch"


def set_advice(tokens: Sequence[Token]) -> str:
    """Return what is said of a statement that begins with SET."""
    key, value = _pair(tokens)
    if key in _STACK:
        line, setting = _STACK[key]
        written = line.format(value=value)
        return f"{_REASON}: write `{written}` in the header of the job's file, or set `{setting}` of the stack for all jobs"
    return f"{_REASON}{_instead(key, value)}"


def _instead(key: str, value: str) -> str:
    if not key:
        return f": an option is written {_EXAMPLE}"
    if key.startswith("sql-client."):
        return f"; {key} is for the SQL client only: remove the line"
    if key == "execution.runtime-mode":
        what = "a job that ends by itself has `-- kind: bounded` in its header" if value.lower() == _BATCH else "remove the line"
        return f"; jobs of a bundle run in streaming mode: {what}"
    try:
        checked_option(key, value)
    except ValueError as error:
        return f", and {key} is not for a file to set: {error}. What a job can set is written {_EXAMPLE}"
    except StopIteration:
        return f", and {key} is no option of Flink for a job. One is written {_EXAMPLE}"
    line = f"`-- {key}: {value}` in the header of the job's file"
    return f": write {line}, or `options: {{{key}: {value}}}` in bundle.yaml for all jobs"


def _pair(tokens: Sequence[Token]) -> tuple[str, str]:
    """Return key and value of `SET 'key' = 'value'`, or of the older form without quotes."""
    inside = [token for token in tokens[1:] if token.text != ";"]
    equals = next((index for index, token in enumerate(inside) if token.text == "="), len(inside))
    return _joined(inside[:equals]), _joined(inside[equals + 1 :])


def _joined(tokens: Sequence[Token]) -> str:
    if len(tokens) == 1 and tokens[0].kind is TokenKind.STRING:
        return tokens[0].value
    parts: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        parts += [" " if before is not None and before.end != token.start else "", token.text]
    return "".join(parts)
