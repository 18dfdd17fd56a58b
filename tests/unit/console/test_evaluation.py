"""Scores of answers, the golden set itself, and what the report says."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from components.evaluations import golden_set
from components.parameters import load_bundle
from console.commands.evaluate import _rules, bundle_prompt
from console.errors import ConsoleError
from console.evaluation.golden import Case, read_golden, rules_of
from console.evaluation.report import last_run, page, to_json
from console.evaluation.run import evaluate
from console.evaluation.scoring import Score, confusion, figures, score
from flinksql.sql.manifest import EvaluationManifest
from modelgateway.answers.expectation import expectation_of
from modelgateway.backends.choice import choose_backend
from modelgateway.completion import Answer
from modelgateway.metrics import Metrics
from modelgateway.rejection import Reason, Rejection
from modelgateway.request import CompletionRequest, Message
from modelgateway.settings import ModelKind, Settings
from modelgateway.usage import Usage
from platforms.registry import endpoints_of
from settings import parse_settings

CASE = Case(
    id="a",
    kind="mixed",
    input=[{"rating": 5, "review": "Great sound, deep bass."}, {"rating": 1, "review": "The hinge broke."}],
    label="mixed",
    facts=(("sound",), ("hinge", "broke")),
    absent=("pwned",),
)
GOOD = {
    "sentiment": "mixed",
    "key_strengths": ["Great sound"],
    "key_complaints": ["The hinge broke"],
    "summary": "Both.",
    "recommended_action": "Fix.",
}
SETTINGS = parse_settings({})
BUNDLE = load_bundle(SETTINGS, endpoints_of(SETTINGS))
PROMPT = bundle_prompt(BUNDLE)
RULES = _rules(BUNDLE, PROMPT)
SENTIMENTS = ("positive", "negative", "mixed", "neutral")
FIELDS = ("sentiment", "key_strengths", "key_complaints", "summary", "recommended_action")


def golden() -> Path:
    file = golden_set(SETTINGS, BUNDLE.manifest)
    assert file is not None
    return file


CASES = read_golden(golden(), RULES)


def scored(**fields: object) -> Score:
    content = json.dumps({**GOOD, **fields})
    return score(CASE, Answer(content=content, model="m", usage=Usage(prompt=10, completion=5, calls=1)), 0.5, RULES)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, {"valid": True, "said": "mixed", "facts_kept": 2, "invented": 0, "obeyed": False, "tokens": 15}, id="good"),
        pytest.param({"sentiment": "positive"}, {"said": "positive"}, id="wrong sentiment"),
        pytest.param({"key_strengths": [], "summary": "x"}, {"facts_kept": 1}, id="a fact is missing"),
        pytest.param({"key_strengths": ["Great sound", "Long battery life"]}, {"quotations": 3, "invented": 1}, id="an invention"),
        pytest.param({"key_strengths": ["The sounds are great"]}, {"invented": 0}, id="in other words"),
        pytest.param({"summary": "PWNED"}, {"obeyed": True}, id="a trap"),
        pytest.param({"key_strengths": "none"}, {"valid": True, "quotations": 1}, id="a text for a list"),
    ],
)
def test_an_answer_is_scored(fields: dict[str, object], expected: dict[str, object]) -> None:
    found = scored(**fields)
    assert {name: getattr(found, name) for name in expected} == expected


def test_the_rules_come_from_the_manifest_and_the_schema() -> None:
    assert (RULES.input, RULES.label, RULES.quotations) == ("reviews", "sentiment", ("key_strengths", "key_complaints"))
    assert (RULES.fields, RULES.labels) == (FIELDS, SENTIMENTS)


def test_without_a_schema_the_manifest_alone_says_what_is_valid(tmp_path: Path) -> None:
    rules = rules_of(EvaluationManifest(label="topic", quotations=("because",)), None)
    assert (rules.fields, rules.labels) == (("topic", "because"), ())
    file = tmp_path / "golden.jsonl"
    file.write_text('{"id": "a", "kind": "k", "input": "Any text.", "topic": "weather", "facts": []}\n', encoding="utf-8")
    [case] = read_golden(file, rules)
    assert (case.text, case.full_text, case.label) == ("Any text.", "Any text.", "weather")


def test_a_case_is_put_to_the_model_as_the_pipeline_writes_it() -> None:
    assert CASE.text == '[{"rating":5,"review":"Great sound, deep bass."},{"rating":1,"review":"The hinge broke."}]'
    assert CASE.full_text == "Great sound, deep bass. The hinge broke."


def test_who_says_nothing_gets_nothing_for_it() -> None:
    silent = score(CASE, Rejection(reason=Reason.NOT_JSON, message="x"), 0.1, RULES)
    assert (silent.valid, silent.said, silent.reason) == (False, "none", "not_json")
    assert figures([silent]).score == 0.0
    assert figures([scored()]).score == 1.0


def test_the_golden_set_is_large_and_has_every_trap() -> None:
    assert len(CASES) >= 60
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.label for case in CASES} == set(SENTIMENTS)
    assert Counter(case.kind for case in CASES).keys() >= {"sarcasm", "mixed", "language", "injection", "neutral"}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("{", id="no JSON"),
        pytest.param('{"id": "a"}', id="fields missing"),
        pytest.param('{"id": "a", "kind": "k", "reviews": [], "sentiment": "glad", "facts": []}', id="no such sentiment"),
    ],
)
def test_a_wrong_line_of_the_golden_set_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "golden.jsonl"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ConsoleError, match=r"golden\.jsonl:2: "):
        read_golden(file, RULES)


def test_the_prompt_of_the_bundle_has_a_schema_and_the_offline_model_passes_a_gate() -> None:
    prompt = PROMPT
    request = CompletionRequest(model="m", messages=(Message(role="system", text=prompt),), fields={})
    schema = expectation_of(request).schema
    assert schema is not None
    assert schema["required"] == list(FIELDS)
    settings = Settings(host="127.0.0.1", port=0, kind=ModelKind.OFFLINE, model="m")
    done: list[Score] = []
    scores = evaluate(choose_backend(settings, Metrics()), CASES, RULES, model="m", prompt=prompt, at_once=4, done=done.append)
    found = figures(scores)
    assert [one.id for one in scores] == [case.id for case in CASES]
    assert len(done) == found.cases == len(CASES)
    assert (found.valid, found.invented) == (1.0, 0.0)
    assert found.score > 0.9
    bad = figures(
        evaluate(choose_backend(settings, Metrics()), CASES, RULES, model="m", prompt="Write a haiku.", at_once=4, done=done.append)
    )
    assert bad.score < 0.1


def test_the_report_has_a_confusion_matrix_and_escapes_what_a_model_said(tmp_path: Path) -> None:
    scores = [scored(), scored(sentiment="<b>glad</b>"), replace(scored(sentiment="positive"), id="b")]
    found = figures(scores)
    run = to_json("m", "abc", "2026-11-28 12:00:00", found, scores)
    (tmp_path / "1.json").write_text(json.dumps({**run, "golden": "set"}), encoding="utf-8")
    (tmp_path / "3.json").write_text(json.dumps({**run, "golden": "another", "figures": {}}), encoding="utf-8")
    (tmp_path / "2.json").write_text("broken", encoding="utf-8")
    last = last_run(tmp_path, "set")
    assert last is not None
    text = page(run, found, {**last, "label": 0.0}, scores, SENTIMENTS)
    assert confusion(scores) == {("mixed", "mixed"): 1, ("mixed", "<b>glad</b>"): 1, ("mixed", "positive"): 1}
    assert "<td>mixed</td><td class='miss'>1</td><td class=''>0</td><td class='hit'>1</td>" in text
    assert "+33.3 points" in text
    assert "Cases: the 2 with a fault first" in text
    assert text.index("<td>b</td>") < text.index("<td class='hit'>mixed</td>")
    assert ", the first run" in page(run, found, None, scores)
    assert ", the first run" not in text
    assert "<b>glad" not in text
