"""The header of a statement's file: `-- key: value` lines among the comments before the statement.

A new option is one line in KEYS and one function.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from flinksql.bundle.tokens import TokenisedText
from flinksql.errors import StatementError
from flinksql.policy import DeleteMode, Policy, UpgradeMode

LINE = re.compile(r"--[ \t]*(?P<key>[a-z][a-z_-]*)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*")
JOB_ID = re.compile(r"[0-9a-f]{32}")
LARGEST_PARALLELISM = 32768
"""Flink's upper bound of the maximum parallelism."""
LONGEST_CHECKPOINT_INTERVAL_SECONDS = 3_600
LONGEST_HEALTH_WINDOW_SECONDS = 3_600

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a file says about its statement. `options` are Flink configuration keys for the submission."""

    bounded: bool = False
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


KEYS: Mapping[str, Callable[[Header, str], Header]] = MappingProxyType(
    {
        "kind": _kind,
        "parallelism": _parallelism,
        "checkpoint_interval_seconds": _checkpoint_interval,
        "upgrade_mode": _upgrade_mode,
        "allow_state_reset": _allow_state_reset,
        "running": _running,
        "health_window_seconds": _health_window,
        "delete_mode": _delete_mode,
        "adopt_job": _adopt_job,
    }
)


def read_header(tokenised: TokenisedText) -> Header:
    """Read the header of a file.

    A line with a known key is an option. An unknown key with one single word is taken for a mistyped option; everything else is prose.
    Raises StatementError for an unknown key, a key given twice, a value that its key does not have and keys that contradict each other.
    """
    header = Header()
    first = tokenised.tokens[0].start if tokenised.tokens else len(tokenised.text)
    for comment in tokenised.comments:
        match = LINE.fullmatch(comment.text)
        if comment.start > first or match is None:
            continue
        key, value = match["key"], match["value"]
        if key in KEYS:
            header = _with(header, tokenised, comment.start, key, value)
        elif len(value.split()) == 1:
            raise _unknown(tokenised, comment.start, key)
    _refuse_contradiction(header, tokenised)
    return header


def _with(header: Header, tokenised: TokenisedText, offset: int, key: str, value: str) -> Header:
    if key in header.offsets:
        raise tokenised.problem(offset, f"the header gives {key} twice: keep one of the lines")
    try:
        changed = KEYS[key](header, value)
    except ValueError as error:
        raise tokenised.problem(offset, f"the header's {key} cannot be {value!r}: {error}") from None
    return replace(changed, offsets={**header.offsets, key: offset})


def _unknown(tokenised: TokenisedText, offset: int, key: str) -> StatementError:
    known = ", ".join(KEYS)
    return tokenised.problem(
        offset, f"the header has no option {key!r}; there are: {known}. A remark is free to begin with a capital letter"
    )


def _refuse_contradiction(header: Header, tokenised: TokenisedText) -> None:
    if header.policy.adopt_job and (header.bounded or not header.policy.running):
        other = "kind: bounded" if header.bounded else "running: false"
        message = f"adopt_job takes over a job that goes on running, which contradicts `{other}`: remove one of the lines"
        raise tokenised.problem(header.offsets["adopt_job"], message)


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
