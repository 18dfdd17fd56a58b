"""What a change will ask the model again, said at preview: records in the topic, how many the ledger answers, tokens and money.

A job that keeps its state goes on where it was and asks nothing again. One that is new, or starts without state, reads its topics from the
beginning. What a call costs is taken from what the same model has cost so far.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.bundle_topics import topics_read
from console.driver.progress import Row
from flinksql.sql import Bundle, table_options
from flinksql.statement import Kind
from modelgateway.answers.inspection import Group, LedgerError, overview
from modelgateway.answers.record import text_key
from options.model import ModelSettings

_KEEPS = "keeps state"
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """For one statement. `tokens` and `money` are None where the model has not been asked yet, so that nobody knows what a call costs."""

    statement: str
    records: int
    answered: int
    tokens: int | None
    money: float | None

    @property
    def calls(self) -> int:
        """Calls at the model's server."""
        return self.records - self.answered

    def __str__(self) -> str:
        told = f"{self.statement} reads {self.records} records again: the ledger answers {self.answered}, the model is asked {self.calls}"
        told += " time" if self.calls == 1 else " times"
        if not self.calls:
            return f"{told}, which costs nothing"
        if self.tokens is None:
            return f"{told}; what a call costs is not known before the first one"
        return f"{told}, about {self.tokens} tokens" + (f" for {self.money:.4f}" if self.money else "")


def forecasts(
    rows: Iterable[Row], bundle: Bundle, model: ModelSettings, ledger: Path, count: Callable[[tuple[str, ...]], int]
) -> list[Forecast]:
    """Return a forecast for each job that will read its records again. `count` tells how many records lie in topics."""
    found: list[Forecast] = []
    for row in rows:
        if row.kind.endswith(":Statement") and row.name in bundle.entries and _begins_anew(row):
            prompts = _prompts(bundle, row.name)
            if prompts and bundle.entry(row.name).statement.kind is not Kind.CATALOG_OBJECT:
                found.append(_forecast(row.name, count(topics_read(bundle, row.name)), prompts, model, _groups(ledger)))
    return found


def _begins_anew(row: Row) -> bool:
    if row.operation.startswith("create") or row.operation.endswith("replacement"):
        return True
    return bool(row.verdict) and not row.verdict.startswith(_KEEPS)


def _prompts(bundle: Bundle, name: str) -> frozenset[str]:
    """Return the digests of the prompts of the models that a statement asks."""
    options: list[Mapping[str, str]] = [table_options(statement, bundle.values) for statement in bundle.closure(name)]
    return frozenset(text_key(one.get("system-prompt", "")) for one in options if "provider" in one)


def _groups(ledger: Path) -> tuple[Group, ...]:
    try:
        return overview(ledger).groups
    except LedgerError:
        return ()


def _forecast(name: str, records: int, prompts: frozenset[str], model: ModelSettings, groups: tuple[Group, ...]) -> Forecast:
    ours = [group for group in groups if group.model == model.name]
    answered = min(records, sum(group.inputs for group in ours if group.prompt in prompts))
    asked = [group for group in ours if group.prompt_tokens]
    count = sum(group.count for group in asked)
    calls = records - answered
    if not count:
        return Forecast(statement=name, records=records, answered=answered, tokens=None, money=None)
    prompt = sum(group.prompt_tokens for group in asked) / count * calls
    completion = sum(group.completion_tokens for group in asked) / count * calls
    money = (prompt * float(model.input_price) + completion * float(model.output_price)) / _MILLION
    return Forecast(statement=name, records=records, answered=answered, tokens=round(prompt + completion), money=money)
