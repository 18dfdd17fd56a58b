"""The golden set: inputs of a model with what a good answer to each must say, and the rules by which answers are judged."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from flinksql.sql.manifest import EvaluationManifest


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a bundle's answers are judged. `input` is the field of a case that is put to the model.

    `label` is the field of an answer that must be as the case says, one of `labels` where they are known. The texts in the fields of
    `quotations` must be supported by the input. An answer is valid when it has all `fields`.
    """

    input: str
    label: str
    quotations: tuple[str, ...]
    fields: tuple[str, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One input. Each of `facts` is a list of spellings, one of which must occur; none of `absent` may.

    `kind` groups cases: plain ones, sarcasm, other languages, instructions in the input.
    """

    id: str
    kind: str
    input: Any
    label: str
    facts: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...]

    @property
    def text(self) -> str:
        """What is put to the model: a text as it is, anything else as JSON without spaces."""
        return self.input if isinstance(self.input, str) else json.dumps(self.input, ensure_ascii=False, separators=(",", ":"))

    @property
    def full_text(self) -> str:
        """All texts of the input."""
        return " ".join(_texts(self.input))


def rules_of(declared: EvaluationManifest, schema: Mapping[str, Any] | None) -> Rules:
    """Return the rules of a manifest. The schema of the answers, where the prompt has one, knows the fields and the labels."""
    described = schema or {}
    fields = described.get("required") or list(described.get("properties", {})) or [declared.label, *declared.quotations]
    labels = described.get("properties", {}).get(declared.label, {}).get("enum", ())
    return Rules(
        input=declared.input,
        label=declared.label,
        quotations=declared.quotations,
        fields=tuple(map(str, fields)),
        labels=tuple(map(str, labels)),
    )


def read_golden(file: Path, rules: Rules) -> list[Case]:
    """Read one JSON object a line. Raises ConsoleError that names the line."""
    cases: list[Case] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConsoleError(f"{file} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                cases.append(_case(line, rules))
            except (ValueError, KeyError, TypeError) as error:
                raise ConsoleError(f"{file.name}:{number}: this is no case of a golden set ({error!r})", exit_code=ExitCode.USAGE) from None
    if not cases:
        raise ConsoleError(f"{file} holds no cases", exit_code=ExitCode.USAGE)
    return cases


def _case(line: str, rules: Rules) -> Case:
    told = json.loads(line)
    label = str(told[rules.label])
    if rules.labels and label not in rules.labels:
        raise ValueError(label)
    return Case(
        id=str(told["id"]),
        kind=str(told["kind"]),
        input=told[rules.input],
        label=label,
        facts=tuple(tuple(str(spelling) for spelling in fact) for fact in told["facts"]),
        absent=tuple(map(str, told.get("absent", ()))),
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
