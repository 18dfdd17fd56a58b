"""The header of a statement's file: `-- key: value` lines among the comments before the statement.

A key is an option of ours, or one of Flink's for the statement's job. A new option of ours is a function and a
line each in KEYS and MEANINGS.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.sql.flink_options import OPTIONS, checked_option, is_flink_option
from flinksql.sql.tokens import Comment, TokenisedText

LINE = re.compile(r"[ \t]*(?:--)?[ \t]*(?P<key>[A-Za-z$][A-Za-z0-9_.$-]*)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*")
MARK = "--"
LIKENESS = 0.8
STATEMENT_NAME = re.compile(r"[a-z][a-z0-9_-]*")
JOB_ID = re.compile(r"[0-9a-f]{32}")
PATH = re.compile(r"([a-z][a-z0-9+.-]*:/|/)\S+")
LARGEST_PARALLELISM = 32768
"""Flink's upper bound of the maximum parallelism."""
LONGEST_CHECKPOINT_INTERVAL_SECONDS = 3_600
LONGEST_HEALTH_WINDOW_SECONDS = 3_600
MOST_LANES = 64
COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says about its statement. `options` are Flink configuration keys for the submission.

    `lanes` is how many clients of Flink's call the model, 0 for as many as the model's server has use for; `lane_key` is the column by
    which rows are divided among them, empty for the text that the model is asked about.
    """

    bounded: bool = False
    lanes: int = 1
    lane_key: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    offsets: Mapping[str, int] = field(default_factory=dict)


def _kind(header: Header, value: str) -> Header:
    if value != "bounded":
        raise ValueError("the only value is `bounded` (a job that ends by itself); leave the line out for a job that runs until stopped")
    return replace(header, bounded=True)


def _parallelism(header: Header, value: str) -> Header:
    number = _whole_number(value, LARGEST_PARALLELISM, "`-- parallelism: 2`")
    return replace(header, options={**header.options, "parallelism.default": str(number)})


def _checkpoint_interval(header: Header, value: str) -> Header:
    seconds = _whole_number(value, LONGEST_CHECKPOINT_INTERVAL_SECONDS, "`-- checkpoint_interval_seconds: 30`")
    return replace(header, options={**header.options, "execution.checkpointing.interval": f"{seconds} s"})


def _lanes(header: Header, value: str) -> Header:
    if value == "auto":
        return replace(header, lanes=0)
    return replace(header, lanes=_whole_number(value, MOST_LANES, "`-- lanes: 2`, or `auto`"))


def _lane_key(header: Header, value: str) -> Header:
    if COLUMN.fullmatch(value) is None:
        raise ValueError("it must be a column of what ML_PREDICT reads, for example `-- lane_key: kafka_offset`")
    return replace(header, lane_key=value)


def _upgrade_mode(header: Header, value: str) -> Header:
    return replace(header, policy=replace(header.policy, upgrade_mode=_choice(value, UpgradeMode)))


def _allow_state_reset(header: Header, value: str) -> Header:
    return replace(header, policy=replace(header.policy, allow_state_reset=_yes_or_no(value)))


def _running(header: Header, value: str) -> Header:
    return replace(header, policy=replace(header.policy, running=_yes_or_no(value)))


def _health_window(header: Header, value: str) -> Header:
    seconds = _whole_number(value, LONGEST_HEALTH_WINDOW_SECONDS, "`-- health_window_seconds: 60`")
    return replace(header, policy=replace(header.policy, health_window_seconds=float(seconds)))


def _delete_mode(header: Header, value: str) -> Header:
    return replace(header, policy=replace(header.policy, delete_mode=_choice(value, DeleteMode)))


def _adopt_job(header: Header, value: str) -> Header:
    if JOB_ID.fullmatch(value) is None:
        raise ValueError("it must be the id of a job as Flink shows it: 32 digits 0-9 and a-f")
    return replace(header, policy=replace(header.policy, adopt_job=value))


def _restore_from(header: Header, value: str) -> Header:
    if PATH.fullmatch(value) is None:
        example = "file:///flink-data/checkpoints/<job id>/chk-31"
        raise ValueError(f"it must be the path of a savepoint or checkpoint as Flink writes it, for example {example}")
    return replace(header, policy=replace(header.policy, restore_from=value))


def _renamed_from(header: Header, value: str) -> Header:
    if STATEMENT_NAME.fullmatch(value) is None:
        raise ValueError("it must be the name that the file had, without `.sql`")
    return replace(header, policy=replace(header.policy, renamed_from=value))


KEYS: Mapping[str, Callable[[Header, str], Header]] = MappingProxyType(
    {
        "kind": _kind,
        "parallelism": _parallelism,
        "checkpoint_interval_seconds": _checkpoint_interval,
        "lanes": _lanes,
        "lane_key": _lane_key,
        "upgrade_mode": _upgrade_mode,
        "allow_state_reset": _allow_state_reset,
        "running": _running,
        "health_window_seconds": _health_window,
        "delete_mode": _delete_mode,
        "adopt_job": _adopt_job,
        "restore_from": _restore_from,
        "renamed_from": _renamed_from,
    }
)


MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "kind": "`bounded`: the job ends by itself and must reach FINISHED. Without the line it runs until it is stopped.",
        "parallelism": "A whole number from 1 to 32768. Flink's `parallelism.default` for this job; part of the definition.",
        "checkpoint_interval_seconds": "A whole number from 1 to 3600. Seconds between two checkpoints; part of the definition.",
        "lanes": "A whole number from 1 to 64, or `auto`. How many clients of Flink's call the model: five calls in flight for each.",
        "lane_key": "A column of what ML_PREDICT reads, by which rows are divided among lanes.",
        "upgrade_mode": "`savepoint` (default) or `stateless`. What a changed job starts from.",
        "allow_state_reset": "`true` or `false` (default). Lets every change through that loses state, or may; `approve` lets one through.",
        "running": "`true` (default) or `false`: checked and registered, no job. A running job is stopped with a savepoint.",
        "health_window_seconds": "A whole number from 1 to 3600, by default 60. Seconds that an upgraded job is given to prove itself.",
        "delete_mode": "`cancel` (default) or `savepoint`: a deleted job leaves a savepoint, and its path is told.",
        "adopt_job": "The id of a job that was started by hand: a new statement takes it over.",
        "restore_from": "The path of a savepoint or checkpoint from which the next job starts. Used once, refused while the job runs.",
        "renamed_from": "The name that the file had: its job goes on untouched. The line stays.",
    }
)
"""Values of each option and what it does, for docs/reference."""


def read_header(tokenised: TokenisedText) -> Header:
    """Read the header of a file.

    A line with a known key is an option, one with a key that is nearly known is a mistake, everything else is prose.
    Raises StatementError for mistakes, a key given twice, a value that its key does not have, keys that contradict each other, and for an
    option that stands where none is read: below the beginning of the statement, or between `/*` and `*/`.
    """
    header = Header()
    first = tokenised.tokens[0].start if tokenised.tokens else len(tokenised.text)
    for comment in tokenised.comments:
        if comment.start > first or not comment.text.startswith(MARK):
            _refuse_unread(tokenised, comment)
            continue
        match = LINE.fullmatch(comment.text)
        if match is None:
            continue
        key, value = match["key"], match["value"]
        if key in KEYS:
            header = _with(header, tokenised, comment.start, key, value)
        elif is_flink_option(key):
            header = _with_flink_option(header, tokenised, comment.start, key, value)
        else:
            _refuse_misspelt(tokenised, comment.start, key, value)
    _refuse_contradiction(header, tokenised)
    return header


def _with_flink_option(header: Header, tokenised: TokenisedText, offset: int, key: str, value: str) -> Header:
    if key in header.offsets:
        raise tokenised.problem(offset, f"the header gives {key} twice: keep one of the lines")
    try:
        checked = checked_option(key, value)
    except ValueError as error:
        raise tokenised.problem(offset, f"the header cannot set Flink's option {key}: {error}") from None
    return replace(header, options={**header.options, key: checked}, offsets={**header.offsets, key: offset})


def _refuse_misspelt(tokenised: TokenisedText, offset: int, key: str, value: str) -> None:
    """Raise StatementError for a line that is meant to be an option; prose passes."""
    near = get_close_matches(key.lower(), [*KEYS, *OPTIONS], n=1, cutoff=LIKENESS)
    if not near or (len(value.split()) != 1 and near[0] in KEYS):
        return
    message = f"the header has no option {key!r}. Did you mean {near[0]}? If this is a remark, write it without the colon"
    raise tokenised.problem(offset, message)


def _refuse_unread(tokenised: TokenisedText, comment: Comment) -> None:
    """Raise StatementError for a line that would be an option at the top of the file and is one nowhere else."""
    inner = comment.text.removeprefix("/*").removesuffix("*/")
    offset = comment.start + (len(comment.text) - len(inner) and len("/*"))
    for line in inner.splitlines(keepends=True):
        match = LINE.fullmatch(line.rstrip("\r\n"))
        if match and _is_option(match["key"], match["value"]):
            place = offset + match.start("key")
            message = f"an option is read only from a line `-- {match['key']}: {match['value']}` above the statement: move it there"
            raise tokenised.problem(place, message)
        offset += len(line)


def _is_option(key: str, value: str) -> bool:
    try:
        if key in KEYS:
            KEYS[key](Header(), value)
            return True
        return bool(key in OPTIONS and checked_option(key, value))
    except ValueError:
        return False


def _with(header: Header, tokenised: TokenisedText, offset: int, key: str, value: str) -> Header:
    if key in header.offsets:
        raise tokenised.problem(offset, f"the header gives {key} twice: keep one of the lines")
    try:
        changed = KEYS[key](header, value)
    except ValueError as error:
        raise tokenised.problem(offset, f"the header's {key} cannot be {value!r}: {error}") from None
    return replace(changed, offsets={**header.offsets, key: offset})


def _refuse_contradiction(header: Header, tokenised: TokenisedText) -> None:
    if header.policy.restore_from:
        _refuse_restored_nothing(header, tokenised)
    if header.policy.adopt_job and (header.bounded or not header.policy.running):
        other = "kind: bounded" if header.bounded else "running: false"
        message = f"adopt_job adopts a running job, which contradicts `{other}`: remove one of the lines"
        raise tokenised.problem(header.offsets["adopt_job"], message)


def _refuse_restored_nothing(header: Header, tokenised: TokenisedText) -> None:
    policy = header.policy
    others = {
        "kind: bounded": header.bounded,
        "running: false": not policy.running,
        "upgrade_mode: stateless": policy.upgrade_mode is UpgradeMode.STATELESS,
        "adopt_job": bool(policy.adopt_job),
    }
    other = next((name for name, given in others.items() if given), "")
    if other:
        message = f"restore_from starts a job from a state, which contradicts `{other}`: remove one of the lines"
        raise tokenised.problem(header.offsets["restore_from"], message)


def _whole_number(value: str, largest: int, example: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= largest):
        raise ValueError(f"it must be a whole number from 1 to {largest}, for example {example}")
    return int(value)


def _yes_or_no(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("it must be true or false")
    return value == "true"


def _choice(value: str, choices: type[ChoiceT]) -> ChoiceT:
    if value not in set(choices):
        raise ValueError(f"it must be {' or '.join(choices)}")
    return choices(value)
