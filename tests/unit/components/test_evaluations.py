"""The gate of a stage: which evaluation counts for it, and what it says otherwise."""

import json
from pathlib import Path

import pytest

from components.evaluations import FOLDER, model_prompts, require_evaluated, subject
from components.parameters import load_bundle
from flinksql.sql import Bundle
from platforms.registry import endpoints_of
from settings import Settings, SettingsError, parse_settings

GOLDEN = b'{"id": "one"}\n'


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    file = tmp_path / "golden.jsonl"
    file.write_bytes(GOLDEN)
    return file


def settings(golden: Path, **more: str) -> Settings:
    given = {"evaluation.minimum": "0.8", "evaluation.set": str(golden), "data.folder": str(golden.parent / "data")}
    return parse_settings({**given, **{key.replace("__", "."): value for key, value in more.items()}})


def bundle_of(told: Settings) -> Bundle:
    return load_bundle(told, endpoints_of(told))


def record(told: Settings, name: str, made: str, score: float, *, of: str = "") -> None:
    [prompt] = model_prompts(bundle_of(told))
    place = told.data_folder / FOLDER / "model"
    place.mkdir(parents=True, exist_ok=True)
    content = {"subject": of or subject(told, prompt, GOLDEN), "made": made, "figures": {"score": score}}
    (place / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def refusal(told: Settings) -> str:
    with pytest.raises(SettingsError) as caught:
        require_evaluated(told, bundle_of(told), "staging")
    [problem] = caught.value.problems
    return problem


def test_without_a_minimum_nothing_is_asked_for(golden: Path) -> None:
    told = settings(golden, evaluation__minimum="0")
    require_evaluated(told, bundle_of(told), "dev")


def test_what_was_not_evaluated_is_refused_with_what_to_do(golden: Path) -> None:
    problem = refusal(settings(golden))
    assert "evaluation.minimum is 0.8: offline-extractive-4 was not evaluated with this prompt and schema" in problem
    assert "`python -m console --stack staging evaluate`" in problem


@pytest.mark.parametrize(
    ("scores", "passes"),
    [
        pytest.param([0.8], True, id="as good as asked for"),
        pytest.param([0.7999], False, id="a little below"),
        pytest.param([0.9, 0.5], False, id="the newest counts, and is worse"),
        pytest.param([0.5, 0.9], True, id="the newest counts, and is better"),
    ],
)
def test_the_newest_evaluation_decides(golden: Path, scores: list[float], passes: bool) -> None:
    told = settings(golden)
    for number, score in enumerate(scores):
        # By the time in the record: files are copied from machine to machine, and bear any name.
        record(told, f"{9 - number}", f"2026-11-2{number} 10:00:00", score)
    if passes:
        require_evaluated(told, bundle_of(told), "staging")
    else:
        assert f"2026-11-2{len(scores) - 1} 10:00:00 UTC, has {scores[-1]:.3f}" in refusal(told)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"model__kind": "ollama"}, id="another server"),
        pytest.param({"model__kind": "ollama", "model__name": "qwen3"}, id="another model"),
        pytest.param({"bundle": "article"}, id="another prompt"),
        pytest.param({"model__kind": "llamacpp"}, id="a model that is served here"),
    ],
)
def test_the_evaluation_of_something_else_does_not_count(golden: Path, changed: dict[str, str]) -> None:
    record(settings(golden), "1", "2026-11-28 10:00:00", 1.0)
    assert "was not evaluated" in refusal(settings(golden, **changed))


def test_another_golden_set_is_another_evaluation(golden: Path) -> None:
    told = settings(golden)
    record(told, "1", "2026-11-28 10:00:00", 1.0)
    golden.write_bytes(GOLDEN * 2)
    assert "was not evaluated" in refusal(told)


def test_another_file_under_the_name_of_a_model_is_another_model(golden: Path) -> None:
    weights = golden.with_name("m.gguf")
    weights.write_bytes(b"GGUF1")
    told = settings(golden, model__kind="llamacpp", model__file=str(weights))
    record(told, "1", "2026-11-28 10:00:00", 1.0)
    require_evaluated(told, bundle_of(told), "dev")
    weights.write_bytes(b"GGUF22")
    assert "m was not evaluated" in refusal(told)


@pytest.mark.parametrize(
    "content", [pytest.param("{", id="no JSON"), pytest.param("[]", id="a list"), pytest.param('{"subject": 1}', id="no score")]
)
def test_a_record_that_cannot_be_read_is_none(golden: Path, content: str) -> None:
    told = settings(golden)
    record(told, "1", "2026-11-28 10:00:00", 0.9)
    (told.data_folder / FOLDER / "model" / "2.json").write_text(content, encoding="utf-8")
    require_evaluated(told, bundle_of(told), "dev")


def test_a_golden_set_that_is_not_there_is_named(golden: Path) -> None:
    golden.unlink()
    assert f"evaluation.set is {golden}: it cannot be read" in refusal(settings(golden))
