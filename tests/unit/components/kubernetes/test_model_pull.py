"""The Job that pulls models: its name, and the program it runs, alone in a Python of its own."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from components.kubernetes.model_server import SCRIPT, job_name, model_pull_manifests, script
from components.kubernetes.scripts.pull_models import PAUSES_SECONDS, NoSuchModelError, PullError, pull, pull_patiently, wait_for_server
from tests.fakes.ollama import FakeOllama, fake_ollama
from tests.support.manifests import MODEL_SERVER

NOBODY = "http://127.0.0.1:9"


def address(ollama: FakeOllama) -> str:
    return ollama.endpoint.removesuffix("/v1")


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what the ConfigMap holds as the container does: nothing of the project can be imported."""
    file = tmp_path / SCRIPT
    file.write_text(model_pull_manifests(MODEL_SERVER)[0]["data"][SCRIPT], encoding="utf-8")
    command = [sys.executable, "-I", "-S", "-u", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_pulls_what_is_asked_for_and_waits_until_it_answers(tmp_path: Path) -> None:
    with fake_ollama() as ollama:
        finished = run(tmp_path, address(ollama), "llama3.1", "qwen3:8b")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert ollama.pulled == ollama.asked == ["llama3.1", "qwen3:8b"]
    told = finished.stdout.splitlines()
    assert "llama3.1: pulling 8eeb52dfb3bb 0 % of 4900 MB" in told
    assert told[-1] == "qwen3:8b: answers"


def test_a_model_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with fake_ollama(failure="pull model manifest: file does not exist") as ollama:
        finished = run(tmp_path, address(ollama), "llama3.1")
    assert (finished.returncode, finished.stderr, ollama.pulled) == (1, "", ["llama3.1"])
    told = "there is no model 'llama3.1' (pull model manifest: file does not exist): check `model.name`"
    assert finished.stdout.splitlines()[-1] == f"pulling the models failed: {told}"


@pytest.mark.parametrize(
    ("failure", "cut", "told"),
    [
        pytest.param(
            "dial tcp: lookup library: no such host", False, "dial tcp: lookup library: no such host", id="error in the last line"
        ),
        pytest.param("", True, "the pull of llama3.1 ended after 'pulling 8eeb52dfb3bb', not with 'success'", id="a stream that breaks"),
    ],
)
def test_trouble_under_a_good_status_is_tried_again_and_then_told(failure: str, told: str, *, cut: bool) -> None:
    said: list[str] = []
    slept: list[float] = []
    with fake_ollama(failure=failure, cut=cut) as ollama, pytest.raises(PullError, match=re.escape(told)):
        pull_patiently(address(ollama), "llama3.1", said.append, slept.append)
    assert tuple(slept) == PAUSES_SECONDS
    assert len(ollama.pulled) == len(PAUSES_SECONDS) + 1
    assert f"llama3.1: {told}; another try in 5 s" in said


def test_trouble_that_passes_is_gone_over() -> None:
    with fake_ollama(cut=True) as ollama:

        def mend(_pause: float) -> None:
            ollama.cut = False

        pull_patiently(address(ollama), "llama3.1", lambda _line: None, mend)
    assert ollama.pulled == ["llama3.1", "llama3.1"]


def test_a_name_that_is_wrong_is_not_tried_again() -> None:
    with fake_ollama(failure="pull model manifest: file does not exist") as ollama, pytest.raises(NoSuchModelError):
        pull_patiently(address(ollama), "llama3.1", lambda _line: None, lambda _pause: None)
    assert ollama.pulled == ["llama3.1"]


def test_a_model_that_is_pulled_and_does_not_answer_fails(tmp_path: Path) -> None:
    with fake_ollama(keeps=False) as ollama:
        finished = run(tmp_path, address(ollama), "llama3.1")
    assert finished.returncode == 1
    reason = '/v1/chat/completions was answered with 404: model "llama3.1" not found, try pulling it first'
    assert finished.stdout.splitlines()[-1] == f"pulling the models failed: {reason}"


def test_a_server_that_never_comes_is_told_after_a_while() -> None:
    slept: list[float] = []
    with pytest.raises(PullError, match=r"no Ollama answers at http://127\.0\.0\.1:9 within 20 s: .*refused"):
        wait_for_server(NOBODY, seconds=20, sleep=slept.append)
    assert sum(slept) == 20


def test_progress_is_told_now_and_then_and_not_line_by_line() -> None:
    said: list[str] = []
    with fake_ollama() as ollama:
        pull(address(ollama), "llama3.1", said.append, clock=lambda: 0.0)
    assert said == ["llama3.1: pulling manifest", "llama3.1: pulling 8eeb52dfb3bb 0 % of 4900 MB", "llama3.1: success"]


def test_the_name_follows_from_the_models_in_whatever_order() -> None:
    one, other = (replace(MODEL_SERVER, models=models) for models in (("a", "b"), ("b", "a")))
    assert job_name(one) == job_name(other) != job_name(MODEL_SERVER)


def test_the_job_is_given_the_server_and_the_models() -> None:
    job = model_pull_manifests(replace(MODEL_SERVER, models=("b", "a")))[1]
    assert job["metadata"]["name"] == job_name(replace(MODEL_SERVER, models=("a", "b")))
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[-3:] == ["http://ollama.flink.svc:11434", "a", "b"]
    assert command[2] == f"/scripts/{SCRIPT}"


def test_the_job_ends_in_a_way_that_pulumi_sees() -> None:
    spec = model_pull_manifests(MODEL_SERVER)[1]["spec"]
    assert spec["backoffLimit"] == 0
    assert [rule["action"] for rule in spec["podFailurePolicy"]["rules"]] == ["Ignore"]


def test_the_next_run_tries_again_after_a_job_that_failed() -> None:
    assert model_pull_manifests(MODEL_SERVER)[1]["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true"


def test_the_program_imports_nothing_but_pythons_own_library() -> None:
    imported = {line.split()[1].partition(".")[0] for line in script().splitlines() if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names
