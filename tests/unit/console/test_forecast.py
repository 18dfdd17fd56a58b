"""What a change will ask the model again: which jobs count, what the ledger answers, what the rest costs."""

from pathlib import Path

import pytest

from components.parameters import load_bundle
from console.driver.progress import Row
from console.forecast import Forecast, forecasts
from flinksql.sql import Bundle, table_options
from modelgateway.answers.record import Record, text_key
from modelgateway.answers.store import Store
from modelgateway.completion import Answer
from modelgateway.settings import LedgerSettings
from modelgateway.usage import Usage
from platforms.registry import endpoints_of
from settings import parse_settings

SETTINGS = parse_settings(
    {"model.kind": "openai", "model.endpoint": "http://h/v1", "model.inputPrice": "1", "model.outputPrice": "2"}, project_folder=Path("/p")
)
STATEMENT = "flink-reviews:dynamic:Statement"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(SETTINGS, endpoints_of(SETTINGS))


def row(name: str = "summaries", operation: str = "update", verdict: str = "") -> Row:
    return Row(kind=STATEMENT, name=name, operation=operation, verdict=verdict)


def filled(file: Path, count: int, prompt: str) -> Path:
    store = Store(LedgerSettings(file=file))
    usage = Usage(prompt=100, completion=50, calls=1)
    for number in range(count):
        answer = Answer(content="x", model="llama3.1", usage=usage)
        question = text_key(str(number))
        store.keep(Record(key=number.to_bytes(32), outcome=answer, usage=usage, model="llama3.1", prompt=text_key(prompt), input=question))
    store.close()
    return file


def asked(rows: list[Row], bundle: Bundle, ledger: Path, messages: int = 50) -> list[Forecast]:
    read: list[tuple[str, ...]] = []
    found = forecasts(rows, bundle, SETTINGS.model, ledger, lambda topics: read.append(topics) or messages)  # type: ignore[func-returns-value]
    assert all(topics == ("product_review_context",) for topics in read)
    return found


@pytest.mark.parametrize(
    ("changed", "anew"),
    [
        pytest.param(row(operation="create"), True, id="new"),
        pytest.param(row(verdict="resets state: Window: another size"), True, id="starts without state"),
        pytest.param(row(verdict="unknown: the source changed"), True, id="unknown"),
        pytest.param(row(verdict="keeps state"), False, id="keeps state"),
        pytest.param(row(operation="same"), False, id="unchanged"),
        pytest.param(row(name="contexts", operation="create"), False, id="asks no model"),
        pytest.param(row(name="answers", operation="create"), False, id="a view"),
    ],
)
def test_what_reads_its_records_again_is_forecast_and_nothing_else(tmp_path: Path, bundle: Bundle, changed: Row, anew: bool) -> None:
    assert bool(asked([changed], bundle, tmp_path / "none")) is anew


def test_the_ledger_answers_what_the_same_prompt_was_asked_before(tmp_path: Path, bundle: Bundle) -> None:
    model = next(one for one in bundle.statements if one.name == "product_review_summarizer")
    prompt = table_options(model, bundle.values)["system-prompt"]
    [found] = asked([row(operation="create")], bundle, filled(tmp_path / "l", 20, prompt))
    assert (found.records, found.answered, found.calls, found.tokens) == (50, 20, 30, 4_500)
    assert found.money == pytest.approx(30 * (100 * 1 + 50 * 2) / 1e6)
    assert str(found) == (
        "summaries reads 50 records again: the ledger answers 20, the model is asked 30 times, about 4500 tokens for 0.0060"
    )


def test_another_prompt_is_asked_for_everything(tmp_path: Path, bundle: Bundle) -> None:
    [found] = asked([row(operation="create")], bundle, filled(tmp_path / "l", 20, "another prompt"))
    assert (found.answered, found.tokens) == (0, 7_500)


def test_before_the_first_call_nobody_knows_what_one_costs(tmp_path: Path, bundle: Bundle) -> None:
    [found] = asked([row(operation="create")], bundle, tmp_path / "none")
    assert str(found).endswith("the model is asked 50 times; what a call costs is not known before the first one")
