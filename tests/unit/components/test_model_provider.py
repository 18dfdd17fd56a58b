"""The model of a running Ollama: pulled once, told of, and kept."""

import pytest

from components.providers.model import ModelProvider, model_inputs
from components.providers.reporting import ProviderError
from tests.fakes.ollama import fake_ollama

NOBODY = "http://127.0.0.1:9/v1"


def test_a_model_that_is_not_there_is_pulled_with_its_progress(capfd: pytest.CaptureFixture[str]) -> None:
    with fake_ollama() as ollama:
        created = ModelProvider().create(model_inputs("llama3.1", ollama.endpoint))
    assert (created.id, ollama.pulled) == ("llama3.1", ["llama3.1"])
    told = capfd.readouterr().out.splitlines()
    assert "llama3.1: pulling 8eeb52dfb3bb 2.45 of 4.90 GB" in told
    assert told[-1] == "llama3.1: success"


def test_a_model_that_is_there_is_not_pulled_again() -> None:
    with fake_ollama("llama3.1:latest") as ollama:
        ModelProvider().create(model_inputs("llama3.1", ollama.endpoint))
        assert ollama.pulled == []


@pytest.mark.parametrize(
    ("there", "changes"),
    [pytest.param("llama3.1:latest", False, id="still there"), pytest.param("qwen3:8b", True, id="removed by hand")],
)
def test_diff_asks_ollama_and_says_what_is_gone(there: str, capfd: pytest.CaptureFixture[str], *, changes: bool) -> None:
    with fake_ollama(there) as ollama:
        inputs = model_inputs("llama3.1", ollama.endpoint)
        assert ModelProvider().diff("llama3.1", inputs, inputs).changes is changes
    assert ("does not have the model llama3.1 any more" in capfd.readouterr().out) is changes


def test_a_failed_pull_says_what_ollama_said_and_what_to_do() -> None:
    with fake_ollama(failure="pull model manifest: file does not exist") as ollama, pytest.raises(ProviderError) as caught:
        ModelProvider().create(model_inputs("no-such-model", ollama.endpoint))
    assert "could not pull no-such-model: pull model manifest: file does not exist" in str(caught.value)
    assert "`model.name`" in str(caught.value)


def test_no_ollama_is_one_clear_error() -> None:
    with pytest.raises(ProviderError, match=r"no Ollama answers at http://127\.0\.0\.1:9 .*ollama serve.*model.kind offline"):
        ModelProvider().create(model_inputs("llama3.1", NOBODY))


def test_refresh_finds_a_removed_model_gone() -> None:
    with fake_ollama() as ollama:
        assert ModelProvider().read("llama3.1", model_inputs("llama3.1", ollama.endpoint)).id == ""
